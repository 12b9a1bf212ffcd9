// length: the function is sent to browsers as text, so it may use nothing outside of itself
/// <reference lib="dom" />

/**
 * Runs in the browser, not here: it is sent as text, so it may use nothing outside of itself.
 *
 * `<script async src="https://…/kairos.js" data-user-id="…" data-token="…"></script>`, and an element with
 * `data-kairos-slot="…"` for each slot. Without a user id the visitor is known by the anonymousId that the tracker keeps.
 */
function kairosInBrowser(page: Window & typeof globalThis, doc: Document): void {
  const script = doc.currentScript as HTMLScriptElement | null;
  if (script === null) return;
  const base = new URL(script.src).origin;
  const { userId, token, anonymousId: given } = script.dataset;
  const shown = new Map<string, Element[]>();

  const readAnonymousId = (): string | null => {
    if (given !== undefined) return given;
    try {
      const kept = page.localStorage.getItem('ajs_anonymous_id');
      return kept === null ? null : kept.replace(/^"|"$/g, '');
    } catch {
      return null;
    }
  };
  const viewerOf = (): Record<string, string> | null => {
    if (userId !== undefined && token !== undefined) return { userId, token };
    const anonymousId = readAnonymousId();
    return anonymousId === null || anonymousId === '' ? null : { anonymousId };
  };

  const tell = (viewer: Record<string, string>, candidateId: string, what: string): void => {
    const body = JSON.stringify({ ...viewer, candidateId, what });
    page
      .fetch(`${base}/v1/onsite/seen`, {
        method: 'POST',
        body,
        keepalive: true,
        credentials: 'omit',
        headers: { 'content-type': 'text/plain' },
      })
      .catch(() => {});
  };
  const remove = (candidateId: string): void => {
    for (const element of shown.get(candidateId) ?? []) element.remove();
    shown.delete(candidateId);
  };

  // The content was sanitised by the server. Here it gets a frame without scripts, forms or the page's origin besides.
  const frameOf = (html: string): HTMLIFrameElement => {
    const frame = doc.createElement('iframe');
    frame.setAttribute(
      'sandbox',
      'allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation',
    );
    frame.setAttribute('referrerpolicy', 'no-referrer');
    frame.title = 'Message';
    frame.style.cssText = 'border:0;width:100%;height:4.5rem;display:block';
    const policy = `default-src 'none'; img-src http: https:; style-src 'unsafe-inline'`;
    frame.srcdoc = `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><base target="_top"><style>body{margin:0;font:16px/1.4 system-ui,sans-serif}</style>${html}`;
    return frame;
  };
  const show = (
    viewer: Record<string, string>,
    message: { candidateId: string; slot: string; html: string; expiresAtMs: number },
  ): void => {
    if (shown.has(message.candidateId)) return;
    const left = message.expiresAtMs - Date.now();
    const slots = Array.from(doc.querySelectorAll('[data-kairos-slot]')).filter(
      (element) => element.getAttribute('data-kairos-slot') === message.slot,
    );
    if (left <= 0 || slots.length === 0) return;
    const boxes = slots.map((slot) => {
      const box = doc.createElement('div');
      box.setAttribute('data-kairos-message', message.candidateId);
      box.style.position = 'relative';
      const close = doc.createElement('button');
      close.type = 'button';
      close.textContent = '×';
      close.setAttribute('aria-label', 'Close');
      // Readable on whatever colour the message has.
      close.style.cssText =
        'position:absolute;top:.4rem;right:.4rem;width:1.5rem;height:1.5rem;border:0;border-radius:50%;background:#fff;color:#222;font-size:1rem;line-height:1;cursor:pointer';
      close.addEventListener('click', () => {
        tell(viewer, message.candidateId, 'dismissed');
        remove(message.candidateId);
      });
      box.append(frameOf(message.html), close);
      slot.append(box);
      return box;
    });
    shown.set(message.candidateId, boxes);
    page.setTimeout(() => remove(message.candidateId), Math.min(left, 2_147_483_647));
    const [first] = boxes;
    if (first === undefined) return;
    // An impression is what was on the screen, not what was delivered.
    const watcher = new page.IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watcher.disconnect();
      tell(viewer, message.candidateId, 'seen');
    });
    watcher.observe(first);
  };

  // The tracker may make its id a moment after this script has loaded.
  const open = (triesLeft: number): void => {
    const viewer = viewerOf();
    if (viewer === null) {
      if (triesLeft > 0) page.setTimeout(() => open(triesLeft - 1), 500);
      return;
    }
    const stream = new page.EventSource(`${base}/v1/onsite/stream?${new URLSearchParams(viewer)}`);
    stream.addEventListener('message', (event) => show(viewer, JSON.parse(event.data)));
    stream.addEventListener('removed', (event) => remove(JSON.parse((event as MessageEvent).data).candidateId));
  };
  if (doc.readyState === 'loading') doc.addEventListener('DOMContentLoaded', () => open(60));
  else open(60);
}

/** The script as text, for `/kairos.js`. */
export const browserScript = (): string => `// Kairos on-site messages\n(${kairosInBrowser})(window, document);\n`;
