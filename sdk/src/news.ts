// news.ts: what the tabs of a browser tell each other about the session, and what they see each other store.
import type { Platform } from './platform.ts';
import { parseJson, type Stored } from './stored-session.ts';

interface Parts extends Pick<Platform, 'openChannel' | 'onStorage'> {
  /** The key of the session in the storages, and the name of the channel. */
  readonly name: string;
  /** The storages that the session is kept in. */
  readonly areas: readonly unknown[];
  /** Gets null when the entry is gone. */
  readonly hear: (told: unknown) => void;
}

export function createNews({ openChannel, onStorage, name, areas, hear }: Parts) {
  const channel = openChannel(name, hear);

  // A message can be faster than the value that its sender has stored: the event comes when the value is there.
  const stop = onStorage(({ key, newValue, storageArea }) => {
    const isOurs = key === name || key === null;
    if (isOurs && areas.includes(storageArea)) hear(parseJson(newValue));
  });

  function close(): void {
    channel.close();
    stop();
  }

  return { tellOthers: (stored: Stored | null) => channel.post(stored), close };
}
