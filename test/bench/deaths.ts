/**
 * How long it takes from SIGKILL until every session can be listed again, with nobody but the standalone agent there.
 */
import { startAgent } from './agent.js';
import { timeRow, type Row } from './rows.js';
import { BenchServer, contextOf, median, timed, until, type Size } from './server.js';

/** Returns the row of one size; each round has a server and an agent of its own, for three deaths in a row end restoring. */
export async function deaths(size: Size, rounds: number): Promise<Row> {
  const ours: number[] = [];
  const floor: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const server = new BenchServer();
    try {
      const context = await contextOf(server);
      floor.push(
        await timed(async () => {
          await server.start();
          server.fill(size);
        }),
      );
      const agent = await startAgent(server, context);
      const pid = server.pid();
      ours.push(
        await timed(async () => {
          process.kill(pid, 'SIGKILL');
          await until('the sessions', () => server.sessions() === size.sessions);
        }),
      );
      agent.kill();
    } finally {
      await server.remove();
    }
  }
  const figure = `SIGKILL to ${String(size.sessions)} sessions listable`;
  return timeRow(figure, median(ours), median(floor), 'a server started, and filled by one source-file');
}
