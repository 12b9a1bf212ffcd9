/** The query of the peers, as a marketer would write it. It sends no message: the peers, too, write one record a firing. */
export const CART_LEFT = `
kind: Trigger
id: cart-left
description: Put something in the cart, then no order for an hour
owner: web-shop@example.com
status: live
purpose: marketing
foundBy: rule
when: { did: Product Added, butNot: [Order Completed], within: 1h, clock: restartsOnRepeat, grace: 0s }
`;
