import { Grid, NavLink, Paper, ScrollArea, SegmentedControl, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { get, type Mail, type WholeMail } from '../api.ts';
import { Problem } from '../parts/problem.tsx';
import { ago, showTime } from '../parts/words.ts';

export function MailboxPage() {
  const { id } = useParams();
  const navigate = useNavigate();
  const box = useQuery({
    queryKey: ['mailbox'],
    queryFn: () => get<{ available: boolean; mails: readonly Mail[] }>('/mailbox'),
    refetchInterval: 2_000,
  });
  const mails = box.data?.mails ?? [];
  const shown = id ?? mails[0]?.id;
  return (
    <Stack>
      <div>
        <Title order={2}>Mailbox</Title>
        <Text c="dimmed">Every mail and every text that this local house has sent. None of it leaves the machine.</Text>
      </div>
      <Problem message={box.error?.message} />
      {box.data?.available === false && (
        <Text c="dimmed">Mail goes to a real server here; there is no mailbox to show.</Text>
      )}
      {box.data?.available === true && mails.length === 0 && <Text c="dimmed">No mail yet.</Text>}
      {mails.length > 0 && (
        <Grid>
          <Grid.Col span={{ base: 12, md: 4 }}>
            <Paper withBorder>
              <ScrollArea h="72vh">
                {mails.map((mail) => (
                  <NavLink
                    key={mail.id}
                    active={mail.id === shown}
                    label={mail.subject}
                    description={`${mail.kind === 'sms' ? 'SMS · ' : ''}${ago(mail.receivedAtMs)} · ${mail.to}`}
                    noWrap
                    onClick={() => navigate(`/mailbox/${encodeURIComponent(mail.id)}`)}
                  />
                ))}
              </ScrollArea>
            </Paper>
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 8 }}>{shown !== undefined && <OneMail id={shown} />}</Grid.Col>
        </Grid>
      )}
    </Stack>
  );
}

type View = 'html' | 'text' | 'headers';

const views: Readonly<Record<Mail['kind'], { value: View; label: string }[]>> = {
  mail: [
    { value: 'html', label: 'Mail' },
    { value: 'text', label: 'Plain text' },
    { value: 'headers', label: 'Headers' },
  ],
  sms: [
    { value: 'html', label: 'SMS' },
    { value: 'headers', label: 'What became of it' },
  ],
};

function OneMail({ id }: { readonly id: string }) {
  const [view, setView] = useState<View>('html');
  const mail = useQuery({
    queryKey: ['mail', id],
    queryFn: () => get<WholeMail>(`/mailbox/${encodeURIComponent(id)}`),
  });
  if (mail.data === undefined) return <Problem message={mail.error?.message} />;
  const { kind, subject, from, to, receivedAtMs, html, text, headers } = mail.data;
  return (
    <Paper withBorder p="md">
      <Title order={4}>{subject}</Title>
      <Text size="sm" c="dimmed" mb="sm">
        {from} to {to}, {showTime(receivedAtMs)}
      </Text>
      <SegmentedControl
        size="xs"
        mb="sm"
        value={view}
        onChange={(value) => setView(value as View)}
        data={views[kind]}
      />
      {view === 'html' && html !== null && (
        // Nothing inside may run or reach out: a mail is somebody else's text.
        <iframe
          className="mail-frame"
          title={subject}
          sandbox="allow-popups"
          srcDoc={`<base target="_blank">${html}`}
        />
      )}
      {(view === 'text' || (view === 'html' && html === null)) && (
        <Text component="pre" size="sm" style={{ whiteSpace: 'pre-wrap' }}>
          {text}
        </Text>
      )}
      {view === 'headers' && (
        <Table>
          <Table.Tbody>
            {headers.map(({ name, value }) => (
              <Table.Tr key={`${name} ${value}`}>
                <Table.Td fw={600}>{name}</Table.Td>
                <Table.Td style={{ wordBreak: 'break-all' }}>{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Paper>
  );
}
