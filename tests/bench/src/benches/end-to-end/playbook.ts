/** A service message at an event: nothing is waited for on purpose. */
export const CONFIRM_ORDER = `
kind: Company
id: company
description: The shop of the benchmark
owner: bench@example.com
name: Bench
zone: Europe/London
currency: GBP
collectFor: { marketing: 1s, service: 0s }
salt: bench
---
kind: Source
id: server
description: The shop's server
owner: bench@example.com
type: server
assumeConsent: [email]
---
kind: Trigger
id: ordered
description: An order is confirmed
owner: bench@example.com
status: live
purpose: service
when: { did: Order Completed }
reentry: always
expiresAfter: 1h
send: confirmation
---
kind: Message
id: confirmation
description: Confirms an order
owner: bench@example.com
status: live
purpose: service
channels:
  email:
    subject: "Thank you, {{ profile.firstName | default: 'dear customer' }}"
    body: "<p>We have your order and will send it soon.</p>"
`;
