import type { RehearsalReport } from '@kairos/contracts';
import { CliError } from '../exit.ts';
import type { FoundHouse } from '../house/find.ts';

/** Hands a report to the console; answers where it can be looked at. */
export async function handIn(house: FoundHouse, report: RehearsalReport): Promise<string> {
  const url = house.url('console');
  const response = await fetch(`${url}/api/rehearsals`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${house.secrets.apiToken}` },
    body: JSON.stringify(report),
  }).catch((error: unknown) => {
    throw new CliError(`The console does not answer at ${url}: see kairos status (${String(error)}).`);
  });
  const answer = (await response.json().catch(() => ({}))) as { id?: string; message?: string };
  if (!response.ok || answer.id === undefined)
    throw new CliError(
      `The console did not take the report (${response.status}): ${answer.message ?? 'no reason given'}`,
    );
  return `${url}/rehearsals/${answer.id}`;
}
