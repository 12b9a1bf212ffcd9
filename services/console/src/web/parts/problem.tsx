import { Alert } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';

/** What went wrong, and that it will be tried again. */
export function Problem({ message }: { readonly message: string | undefined }) {
  if (message === undefined) return null;
  return (
    <Alert color="red" icon={<IconAlertTriangle size={18} />} mb="md" title="No answer just now">
      {message} The page tries again by itself.
    </Alert>
  );
}
