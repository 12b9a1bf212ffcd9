import { Group, NativeSelect, Paper, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get, type Moved } from '../api.ts';
import type { ShownSegment } from '../api-segments.ts';
import { type DrawingProps, JourneyDrawingView } from './journey-drawing.tsx';
import { Problem } from './problem.tsx';

/** A journey as a flow, with the numbers of everybody (`moves`), of one segment, or of new or returning persons. */
export function JourneyWay(everybodys: DrawingProps) {
  const { id, version } = everybodys;
  const [whose, setWhose] = useState('');
  const segments = useQuery({
    queryKey: ['segments'],
    queryFn: () => get<{ segments: readonly ShownSegment[] }>('/segments'),
    staleTime: 60_000,
  });
  const theirs = useQuery({
    queryKey: ['journey-steps', id, whose],
    queryFn: () => get<{ steps: readonly Moved[] }>(`/triggers/Journey/${encodeURIComponent(id)}/steps?${whose}`),
    enabled: whose !== '',
    refetchInterval: 5_000,
  });
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="sm">
        <Title order={4}>The way</Title>
        <NativeSelect
          size="xs"
          aria-label="Whose way"
          value={whose}
          onChange={({ currentTarget }) => setWhose(currentTarget.value)}
          data={[
            { value: '', label: 'Everybody' },
            { value: 'returning=new', label: 'New persons' },
            { value: 'returning=returning', label: 'Returning persons' },
            ...segmentIds(segments.data?.segments ?? []).map((one) => ({
              value: `segment=${encodeURIComponent(one)}`,
              label: `Segment ${one}`,
            })),
          ]}
        />
      </Group>
      <Problem message={theirs.error?.message} />
      <JourneyDrawingView {...everybodys} moves={whose === '' ? everybodys.moves : (theirs.data?.steps ?? [])} />
      <Text size="xs" c="dimmed" mt="sm">
        Numbers are those of this version ({version}), since it went live
        {whose === '' ? '' : '; each move counts as the person stood then'}.
      </Text>
    </Paper>
  );
}

/** A model has a segment for each of its groups. */
const segmentIds = (segments: readonly ShownSegment[]): readonly string[] =>
  segments.flatMap(({ id, model }) => (model === null ? [id] : model.groups.map((group) => group.id)));
