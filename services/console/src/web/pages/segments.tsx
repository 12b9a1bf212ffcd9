import { Badge, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { get } from '../api.ts';
import type { LearnedModel, ShownSegment } from '../api-segments.ts';
import { groupColour, ModelDrawing } from '../parts/model-drawing.tsx';
import { Problem } from '../parts/problem.tsx';
import { showNumber } from '../parts/words.ts';

/** Segments by rule and those that were learned, with who is in them. */
export function SegmentsPage() {
  const answer = useQuery({
    queryKey: ['segments'],
    queryFn: () => get<{ persons: number; segments: readonly ShownSegment[] }>('/segments'),
    refetchInterval: 10_000,
  });
  const { persons = 0, segments = [] } = answer.data ?? {};
  return (
    <Stack>
      <div>
        <Title order={2}>Segments</Title>
        <Text c="dimmed">Who belongs together, of {showNumber(persons)} persons, as of each one’s last event.</Text>
      </div>
      <Problem message={answer.error?.message} />
      {segments.map((one) => (
        <SegmentCard key={`${one.kind}/${one.id}`} one={one} all={persons} />
      ))}
      {answer.isSuccess && segments.length === 0 && (
        <Text c="dimmed">There is none: write a Segment, or train a model with kairos segments fit.</Text>
      )}
    </Stack>
  );
}

const share = (persons: number, all: number): string =>
  `${showNumber(persons)}${all === 0 ? '' : ` (${((persons / all) * 100).toFixed(1)} %)`}`;

function SegmentCard({ one, all }: { readonly one: ShownSegment; readonly all: number }) {
  const { id, kind, status, owner, description, sentence, persons, model } = one;
  return (
    <Paper withBorder p="md">
      <Group justify="space-between">
        <Group gap={8}>
          <Title order={4}>{id}</Title>
          {kind === 'Model' && (
            <Badge tt="none" variant="outline">
              learned
            </Badge>
          )}
          {status !== 'live' && (
            <Badge tt="none" variant="light" color="orange">
              {status}
            </Badge>
          )}
        </Group>
        <Text className="number" data-number={`persons ${id}`}>
          {share(persons, all)}
        </Text>
      </Group>
      {description !== '' && <Text c="dimmed">{description}</Text>}
      <Text className="why" mt="xs">
        {sentence}
      </Text>
      {model !== null && <Learned model={model} all={all} />}
      {owner !== '' && (
        <Text size="sm" c="dimmed" mt="xs">
          {owner}
        </Text>
      )}
    </Paper>
  );
}

function Learned({ model, all }: { readonly model: LearnedModel; readonly all: number }) {
  return (
    <Stack gap="xs" mt="sm">
      <ModelDrawing model={model} />
      {model.groups.map(({ id, description, persons }, at) => (
        <Group key={id} gap={8}>
          <svg width={12} height={12} role="presentation">
            <rect width={12} height={12} rx={2} fill={groupColour(at)} />
          </svg>
          <Text fw={600}>{id}</Text>
          <Text className="number" data-number={`persons ${id}`}>
            {share(persons, all)}
          </Text>
          <Text c="dimmed" size="sm">
            {description}
          </Text>
        </Group>
      ))}
      {model.trained !== null && (
        <Text size="xs" c="dimmed">
          Trained on {showNumber(model.trained.persons)} persons;{' '}
          {model.tree === undefined ? 'mean silhouette' : 'accuracy on persons that it had not seen'}{' '}
          {model.trained.quality.toFixed(3)}.
        </Text>
      )}
    </Stack>
  );
}
