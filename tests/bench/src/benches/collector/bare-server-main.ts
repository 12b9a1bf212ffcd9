import { startBareServer } from './bare-server.ts';

// A process of its own, as the collector is one; told its port to whoever started it.
const { port } = await startBareServer();
process.send?.({ port });
process.once('disconnect', () => process.exit());
