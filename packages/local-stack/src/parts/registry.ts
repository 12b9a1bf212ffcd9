import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fetchArtifact } from '../cache.ts';
import { javaCommand } from '../prerequisites.ts';
import { launch, type NativePart } from './native-part.ts';

export async function registryAnswers(url: string): Promise<boolean> {
  const response = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(2_000) });
  await response.arrayBuffer();
  return response.ok;
}

export const registryPart: NativePart = {
  name: 'registry',
  async start(context) {
    const folder = await fetchArtifact(context.cache, 'registry', context);
    const jar = readdirSync(folder).find((file) => file.endsWith('-runner.jar'));
    if (jar === undefined) throw new Error(`${folder} holds no *-runner.jar: remove the folder and start again`);
    const dir = join(context.paths.data, 'registry');
    const wasEmpty = !existsSync(join(dir, 'registry.mv.db'));
    let tries = 0;
    const readyFolder = () => {
      // What an interrupted first start leaves is half a schema; there is nothing in it yet that could be lost.
      if (wasEmpty && tries > 0) rmSync(dir, { recursive: true, force: true });
      tries += 1;
      mkdirSync(dir, { recursive: true });
    };
    return await launch({
      name: 'registry',
      context,
      stablePort: 18_081,
      why: 'no SCHEMA_REGISTRY_URL, no Docker engine: Apicurio from Maven, data in a file',
      address: (port) => `http://127.0.0.1:${port}/apis/ccompat/v7`,
      // On a busy machine a first start now and then asks its database before the tables are there, and ends itself.
      passing: /registry ended \(exit code 1\)/,
      command: async (port) => {
        readyFolder();
        return {
          command: javaCommand(context.env) ?? 'java',
          args: ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-jar', join(folder, jar)],
          cwd: dir,
          env: {
            QUARKUS_HTTP_HOST: '127.0.0.1',
            QUARKUS_HTTP_PORT: String(port),
            // On disk, because topics outlive the process and hold its ids; written at once (H2 would wait half a
            // second), because an id that was handed out and then lost makes every record under it unreadable.
            REGISTRY_DATASOURCE_URL: `jdbc:h2:file:${join(dir, 'registry')};WRITE_DELAY=0`,
            // Says so at its start otherwise, and tries to reach its makers.
            QUARKUS_ANALYTICS_DISABLED: 'true',
          },
        };
      },
      isReady: async (port) => await registryAnswers(`http://127.0.0.1:${port}/apis/ccompat/v7`),
    });
  },
};
