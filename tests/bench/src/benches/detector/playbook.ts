/** The query of the peers, as a marketer would write it. */
export const CART_LEFT = `
kind: Trigger
id: cart-left
description: Put something in the cart, then no order for an hour
owner: web-shop@example.com
status: live
purpose: marketing
foundBy: rule
when: { did: Product Added, butNot: [Order Completed], within: 1h, clock: restartsOnRepeat, grace: 0s }
send: cart-reminder
---
kind: Message
id: cart-reminder
description: Reminds of what waits in the cart
owner: web-shop@example.com
status: live
purpose: marketing
channels:
  email:
    subject: "{{ profile.firstName | default: 'Hello' }}, your {{ evidence.product.name | default: 'cart' }} is waiting"
    body: "<p>Come back, {{ profile.firstName }}.</p>"
`;
