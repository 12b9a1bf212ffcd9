import { Text } from '@mantine/core';
import type { RehearsedTimeline } from '../rehearsal-types.ts';

const colours: Readonly<Record<string, string>> = {
  fired: 'teal',
  chosen: 'green',
  deferred: 'orange',
  dropped: 'red',
  withdrawn: 'violet',
  event: 'dimmed',
};

/** Moments with a key of their own: two of them may be alike. */
function toldOnce(story: RehearsedTimeline | null) {
  const times = new Map<string, number>();
  return (story?.moments ?? []).map((moment) => {
    const name = `${moment.atMs} ${moment.text}`;
    const before = times.get(name) ?? 0;
    times.set(name, before + 1);
    return { ...moment, key: `${name} ${before}` };
  });
}

/** What happened to a person in a rehearsal, from the first moment to the last. */
export function RehearsedStory({ title, story }: { readonly title: string; readonly story: RehearsedTimeline | null }) {
  return (
    <div>
      <Text fw={600} size="sm">
        {title}
      </Text>
      {story === null && (
        <Text size="sm" c="dimmed">
          Nothing was decided, or the story was not kept.
        </Text>
      )}
      {toldOnce(story).map(({ key, atMs, kind, text }) => (
        <Text key={key} size="xs" c={colours[kind] ?? 'dimmed'} data-moment={kind}>
          <Text span className="number" c="dimmed" size="xs">
            {new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')}{' '}
          </Text>
          {text}
        </Text>
      ))}
      {(story?.more ?? 0) > 0 && (
        <Text size="xs" c="dimmed">
          and {story?.more} more
        </Text>
      )}
    </div>
  );
}
