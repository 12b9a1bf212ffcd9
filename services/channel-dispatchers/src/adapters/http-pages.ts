const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; display: grid; place-items: center; min-height: 90vh; margin: 0; }
  main { max-width: 26rem; padding: 1.5rem; text-align: center; }
  h1 { font-size: 1.4rem; margin: 0 0 .5rem; }
  button { font: inherit; padding: .6rem 1.4rem; border: 0; border-radius: .4rem; background: #1f5eff; color: #fff; cursor: pointer; }
</style>
</head>
<body><main>${body}</main></body>
</html>
`;

/** Asks; changes nothing. Programs that follow every link in a mail see no more than this. */
export const unsubscribePage = (): string =>
  page(
    'Unsubscribe',
    `<h1>No more e-mails like this?</h1>
<p>One click, and we stop sending them. Receipts and other messages about your orders still reach you.</p>
<form method="post"><button name="List-Unsubscribe" value="One-Click">Unsubscribe</button></form>`,
  );

export const unsubscribedPage = (): string =>
  page('Unsubscribed', '<h1>You are unsubscribed.</h1><p>We will not send you e-mails like this any more.</p>');
