import { AppShell, Badge, Box, Burger, Center, Group, Loader, NavLink, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconActivityHeartbeat,
  IconBolt,
  IconBook2,
  IconChartDots,
  IconChecklist,
  IconMail,
  IconMovie,
  IconRulerMeasure,
  IconUsers,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Navigate, Route, Routes, useLocation } from 'react-router';
import { type Flow, get } from './api.ts';
import { FlowPage } from './pages/flow.tsx';
import { LoginPage } from './pages/login.tsx';
import { MailboxPage } from './pages/mailbox.tsx';
import { PeoplePage } from './pages/people.tsx';
import { PersonPage } from './pages/person.tsx';
import { PlaybookPage } from './pages/playbook.tsx';
import { RehearsalPage } from './pages/rehearsal.tsx';
import { RehearsalsPage } from './pages/rehearsals.tsx';
import { SegmentsPage } from './pages/segments.tsx';
import { TasksPage } from './pages/tasks.tsx';
import { TrackingPlanPage } from './pages/tracking-plan.tsx';
import { TriggerPage } from './pages/trigger.tsx';
import { TriggersPage } from './pages/triggers.tsx';
import { TryPage } from './pages/try.tsx';
import { WatchPage } from './pages/watch.tsx';
import { scaleSentence } from './parts/words.ts';

const places = [
  { to: '/', label: 'Live flow', icon: IconActivityHeartbeat },
  { to: '/people', label: 'People', icon: IconUsers },
  { to: '/segments', label: 'Segments', icon: IconChartDots },
  { to: '/mailbox', label: 'Mailbox', icon: IconMail },
  { to: '/tasks', label: 'Work list', icon: IconChecklist },
  { to: '/triggers', label: 'Triggers', icon: IconBolt },
  { to: '/playbook', label: 'Playbook', icon: IconBook2 },
  { to: '/tracking-plan', label: 'Tracking plan', icon: IconRulerMeasure },
  { to: '/rehearsals', label: 'Rehearsals', icon: IconMovie },
] as const;

export function App() {
  const session = useQuery({ queryKey: ['session'], queryFn: () => get<{ loggedIn: boolean }>('/session') });
  if (session.isPending) {
    return (
      <Center h="100vh">
        <Loader />
      </Center>
    );
  }
  return session.data?.loggedIn === true ? <House /> : <LoginPage onLogin={() => void session.refetch()} />;
}

function House() {
  const [open, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const flow = useQuery({ queryKey: ['flow'], queryFn: () => get<Flow>('/flow'), refetchInterval: 1_000 });
  const isAt = (to: string): boolean => (to === '/' ? pathname === '/' : pathname.startsWith(to));
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 210, breakpoint: 'sm', collapsed: { mobile: !open } }}
      padding="lg"
    >
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={open} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <Title order={3}>Kairos</Title>
            <Text c="dimmed" size="sm" visibleFrom="sm">
              the right moment
            </Text>
          </Group>
          {(flow.data?.timeScale ?? 1) > 1 && (
            <Badge variant="light" color="orange" size="md" tt="none" style={{ flexShrink: 0 }}>
              {scaleSentence(flow.data?.timeScale ?? 1)}
            </Badge>
          )}
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        {places.map(({ to, label, icon: Icon }) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            leftSection={<Icon size={18} />}
            active={isAt(to)}
            onClick={close}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main>
        <Box maw={1180} mx="auto">
          <Pages flow={flow.data} problem={flow.error?.message} />
        </Box>
      </AppShell.Main>
    </AppShell>
  );
}

interface FlowNow {
  readonly flow: Flow | undefined;
  readonly problem: string | undefined;
}

/** One route a page. */
function Pages({ flow, problem }: FlowNow) {
  return (
    <Routes>
      <Route path="/" element={<FlowPage flow={flow} problem={problem} />} />
      <Route path="/people" element={<PeoplePage />} />
      <Route path="/people/:id" element={<PersonPage />} />
      <Route path="/people/:id/watch" element={<WatchPage />} />
      <Route path="/segments" element={<SegmentsPage />} />
      <Route path="/mailbox" element={<MailboxPage />} />
      <Route path="/mailbox/:id" element={<MailboxPage />} />
      <Route path="/tasks" element={<TasksPage />} />
      <Route path="/playbook" element={<PlaybookPage />} />
      <Route path="/tracking-plan" element={<TrackingPlanPage />} />
      <Route path="/rehearsals" element={<RehearsalsPage />} />
      <Route path="/rehearsals/:id" element={<RehearsalPage />} />
      <Route path="/triggers" element={<TriggersPage />} />
      <Route path="/triggers/:kind/:id" element={<TriggerPage />} />
      <Route path="/try" element={<TryPage />} />
      <Route path="*" element={<Navigate to="/" replace />} />
    </Routes>
  );
}
