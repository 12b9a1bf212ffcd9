import { Alert, Badge, Code, Group, Paper, Stack, Switch, Text, Textarea, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Finding, post } from '../api.ts';
import { Problem } from '../parts/problem.tsx';

const SETTLED_MS = 400;

interface Said {
  readonly sentences: readonly {
    readonly kind: string;
    readonly id: string;
    readonly status: string;
    readonly sentence: string;
  }[];
  readonly issues: readonly Finding[];
}

/** A box for a definition: what it says, what is wrong with it, and what it is in conflict with. Nothing is published. */
export function TryPage() {
  const [text, setText] = useState('');
  const [withLive, setWithLive] = useState(true);
  const [asked] = useDebouncedValue({ text, withLive }, SETTLED_MS);
  const answer = useQuery({
    queryKey: ['try', asked],
    enabled: asked.text.trim() !== '',
    queryFn: async () => {
      const [said, conflicts] = await Promise.all([
        post<Said>('/playbook/describe', asked),
        post<{ conflicts: readonly Finding[] }>('/playbook/conflicts', { ...asked, drafts: true }),
      ]);
      return { ...said, conflicts: conflicts.conflicts };
    },
    placeholderData: keepPreviousData,
  });
  return (
    <Stack>
      <div>
        <Title order={2}>Try a definition</Title>
        <Text c="dimmed">
          Paste YAML: it is read, said as a sentence and looked at for conflicts. Nothing is published.
        </Text>
      </div>
      <Textarea
        label="Definitions, separated by ---"
        placeholder={'kind: Trigger\nid: cart-left\n…'}
        autosize
        minRows={12}
        maxRows={30}
        spellCheck={false}
        styles={{ input: { fontFamily: 'ui-monospace, monospace', fontSize: 13 } }}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Switch
        label="Together with what is live"
        checked={withLive}
        onChange={(event) => setWithLive(event.currentTarget.checked)}
      />
      <Problem message={answer.error?.message} />
      {answer.data !== undefined && asked.text.trim() !== '' && <Result {...answer.data} />}
    </Stack>
  );
}

function Result({ sentences, issues, conflicts }: Said & { readonly conflicts: readonly Finding[] }) {
  return (
    <Stack aria-live="polite">
      {issues.length === 0 && <Alert color="teal">No faults.</Alert>}
      {issues.map((issue) => (
        <FindingCard
          key={`${issue.file} ${issue.line} ${issue.column} ${issue.path} ${issue.message}`}
          finding={issue}
        />
      ))}
      {sentences.map(({ kind, id, sentence }) => (
        <Paper key={`${kind}/${id}`} withBorder p="md" data-sentence={id}>
          <Group gap={8}>
            <Badge variant="light" tt="none">
              {kind}
            </Badge>
            <Text fw={600}>{id}</Text>
          </Group>
          <Text mt={6}>{sentence}</Text>
        </Paper>
      ))}
      {conflicts.map((conflict) => (
        <FindingCard
          key={`${conflict.code} ${conflict.file} ${conflict.line} ${conflict.message}`}
          finding={conflict}
        />
      ))}
    </Stack>
  );
}

function FindingCard({ finding }: { readonly finding: Finding }) {
  const { severity, line, column, path, message, value, remedy, code } = finding;
  return (
    <Alert color={severity === 'error' ? 'red' : 'orange'} data-finding={severity}>
      <Group gap={8}>
        <Badge size="sm" tt="none" color={severity === 'error' ? 'red' : 'orange'}>
          {code ?? severity}
        </Badge>
        <Text size="sm" fw={600}>
          line {line}, column {column}
        </Text>
        {path !== '' && <Code>{path}</Code>}
      </Group>
      <Text size="sm" mt={4}>
        {message}
        {value === '' ? '' : ` (${value})`}
      </Text>
      {remedy !== '' && (
        <Text size="sm" c="dimmed">
          {remedy}
        </Text>
      )}
    </Alert>
  );
}
