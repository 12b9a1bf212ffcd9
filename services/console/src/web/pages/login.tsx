import { Button, Center, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../api.ts';

export function LoginPage({ onLogin }: { readonly onLogin: () => void }) {
  const [password, setPassword] = useState('');
  const login = useMutation({ mutationFn: () => post('/login', { password }), onSuccess: onLogin });
  return (
    <Center h="100vh">
      <Paper withBorder p="xl" w={380} shadow="sm">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            login.mutate();
          }}
        >
          <Stack>
            <div>
              <Title order={2}>Kairos</Title>
              <Text c="dimmed" size="sm">
                The password was printed by npm start.
              </Text>
            </div>
            <PasswordInput
              label="Password"
              name="password"
              autoComplete="current-password"
              autoFocus
              value={password}
              error={login.error?.message}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Button type="submit" loading={login.isPending}>
              Log in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
