/** Name of the event by which a journey sets what is known of a person. It is said by the house: the customer did nothing. */
export const PROFILE_SET = 'Profile Set';
