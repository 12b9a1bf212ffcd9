import { isbot } from 'isbot';

const MOST_REMEMBERED = 2_000;

/** Whether a user agent looks like a crawler's. Marks only: one app in six is taken for one. Answers are remembered. */
export function crawlerCheck(): (userAgent: string) => boolean {
  const known = new Map<string, boolean>();
  return (userAgent) => {
    const answer = known.get(userAgent);
    if (answer !== undefined) return answer;
    if (known.size >= MOST_REMEMBERED) known.clear();
    const isCrawler = isbot(userAgent);
    // A copy: a piece of a request's text would keep all of it.
    known.set(Buffer.from(userAgent).toString(), isCrawler);
    return isCrawler;
  };
}
