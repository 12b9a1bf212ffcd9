import { fastify } from 'fastify';

/** The least that anybody can do who stays with this library: the body is parsed, and nothing done with it. */
export const startBareServer = async (): Promise<{ readonly port: number; close(): Promise<void> }> => {
  const server = fastify();
  server.post('/v1/track', async () => ({ success: true }));
  await server.listen({ host: '127.0.0.1', port: 0 });
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('the bare server has no port');
  return { port: address.port, close: () => server.close() };
};
