// bench/crowd.ts: the process that signs in, so that whoever measures is not busy with something else.
import { z } from 'zod';
import { createCaller } from './caller.ts';
import { storm } from './storm.ts';

const PersonForm = z.object({ email: z.string(), address: z.string() });

/** On connections of its own, all of them new. */
const Rush = z.object({
  url: z.string(),
  people: z.array(PersonForm),
  concurrency: z.int(),
  seconds: z.number(),
});

export type Rush = z.infer<typeof Rush>;

process.once('message', async (message) => {
  const { url, ...rush } = Rush.parse(message);
  process.send?.(await storm({ call: createCaller(url, 'kept'), ...rush }));
  process.disconnect();
});
