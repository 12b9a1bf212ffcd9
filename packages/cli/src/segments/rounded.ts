/** Six digits are more than a customer base can tell, and can be read. */
export const rounded = (number: number): number => Number(number.toPrecision(6));
