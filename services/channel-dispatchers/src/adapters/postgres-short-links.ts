import type { Pool } from 'pg';
import type { ShortLink, ShortLinks } from '../ports.ts';

const KEEP = `
  insert into dispatch.short_links (code, candidate_id, target)
  select * from unnest($1::text[], $2::text[], $3::text[])
  on conflict (code) do nothing`;

const FIND = `
  select l.code, l.candidate_id as "candidateId", l.target, m.channel
  from dispatch.short_links l join dispatch.messages m using (candidate_id)
  where l.code = $1 and l.kept_at > now() - interval '2 years'`;

/** Links of texts, beside the ledger. */
export function createShortLinks(pool: Pool): ShortLinks {
  return {
    async keep(links) {
      if (links.length === 0) return;
      const column = (of: (link: ShortLink) => string) => links.map(of);
      await pool.query(KEEP, [
        column(({ code }) => code),
        column(({ candidateId }) => candidateId),
        column(({ target }) => target),
      ]);
    },
    async find(code) {
      const { rows } = await pool.query<ShortLink & { readonly channel: string }>(FIND, [code]);
      return rows[0];
    },
  };
}
