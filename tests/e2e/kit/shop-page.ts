import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

/** Segment's own build for the browser, with the pieces that it loads later. */
const sdkFolder = path.resolve(
  path.dirname(createRequire(import.meta.url).resolve('@segment/analytics-next')),
  '../umd',
);

export interface ShopPageOptions {
  readonly collectorUrl: string;
  readonly browserKey: string;
  /** Where `/kairos.js` comes from. */
  readonly onsiteUrl: string;
}

export interface ShopPage {
  readonly url: string;
  close(): Promise<void>;
}

/** A shop as somebody would build it from Segment's and our documentation: two script tags, a slot and some buttons. */
const pageOf = ({ collectorUrl, browserKey, onsiteUrl }: ShopPageOptions): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Corner &amp; Oak</title>
<style>
body{font-family:system-ui,sans-serif;margin:0;color:#222}
main{padding:24px;max-width:720px;margin:auto}
button{font-size:16px;padding:10px 16px;margin-right:8px}
</style>
<script src="/analytics-next/bundles/index.js"></script>
</head>
<body>
<header data-kairos-slot="header-bar"></header>
<main>
<h1>Walnut tray</h1>
<p>Turned from one piece, oiled by hand. 27.25</p>
<button id="add">Add to cart</button>
<button id="log-in">Log in</button>
</main>
<script>
const settings = { integrations: { 'Segment.io': { apiHost: ${JSON.stringify(`${new URL(collectorUrl).host}/v1`)}, protocol: 'http' } } };
window.shop = AnalyticsNext.AnalyticsBrowser.load({ writeKey: ${JSON.stringify(browserKey)}, cdnURL: ${JSON.stringify(collectorUrl)} }, settings);
shop.page('Product', { path: location.pathname });
const asked = new URLSearchParams(location.search);
document.querySelector('#add').addEventListener('click', () =>
  shop.track('Product Added', { cart_id: asked.get('cart'), product_id: 'tray-1', name: 'Walnut tray', price: 27.25, quantity: 1 }));
document.querySelector('#log-in').addEventListener('click', () => shop.identify(asked.get('user')));
</script>
<script async src="${onsiteUrl}/kairos.js"></script>
</body>
</html>`;

const fileOf = (name: string): Promise<Buffer | null> =>
  /^[\w.-]+\.js$/.test(name) ? readFile(path.join(sdkFolder, name)).catch(() => null) : Promise.resolve(null);

/** Serves the shop on loopback. `?cart=…&user=…` tell the buttons what to send. */
export async function openShopPage(options: ShopPageOptions): Promise<ShopPage> {
  const server = createServer((request, response) => {
    void (async () => {
      const { pathname } = new URL(request.url ?? '/', 'http://shop');
      const bundle = pathname.startsWith('/analytics-next/bundles/') ? await fileOf(path.basename(pathname)) : null;
      if (bundle !== null) response.setHeader('content-type', 'text/javascript').end(bundle);
      else if (pathname === '/') response.setHeader('content-type', 'text/html; charset=utf-8').end(pageOf(options));
      else response.writeHead(404).end();
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
