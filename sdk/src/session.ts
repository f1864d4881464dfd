// session.ts: keeps somebody signed in: in all tabs, over reloads, lost answers and bad networks.
import { createAccess } from './access.ts';
import { createAhead } from './ahead.ts';
import { createAuthorizedFetch } from './authorized-fetch.ts';
import { createEntrance } from './entrance.ts';
import { createEvents } from './events.ts';
import { createExclusive } from './exclusive.ts';
import { createFarewells } from './farewells.ts';
import { guardPlatform } from './guard.ts';
import { createSender } from './new-password.ts';
import { createNews } from './news.ts';
import { createPlatform, createStopwatch, type KeyValues, type Platform } from './platform.ts';
import { createPresence } from './presence.ts';
import { createPersist } from './retry.ts';
import { isNews, isStored } from './stored-session.ts';
import { createTransport } from './transport.ts';
import { createVault } from './vault.ts';

/** Any part of the platform can be handed in. */
export interface SessionOptions extends Partial<Platform> {
  /** Where Latchkey is. */
  readonly issuer: string;
  /** By default the built-in first-party client. */
  readonly clientId?: string;
  /** The `aud` of the access tokens (RFC 8707), where it is not the default of the service: the issuer, to call `/me`. */
  readonly resource?: string;
  /** For every session, remembered or not; by default `localStorage` for the one and `sessionStorage` for the other. */
  readonly storage?: KeyValues;
  /** Where `fetch` may send the access token, besides the issuer. */
  readonly allowedOrigins?: readonly string[];
}

export type Session = ReturnType<typeof createSession>;

export function createSession({ storage, clientId, resource, allowedOrigins = [], ...options }: SessionOptions) {
  const issuer = options.issuer.replace(/\/$/, '');
  const name = `latchkey ${issuer} ${clientId}`;
  const pause = (milliseconds: number) => new Promise<void>((resolve) => void world.after(milliseconds, resolve));
  const storages = storage && { localStorage: storage, sessionStorage: storage };
  const usual = createPlatform();
  const platform = { ...usual, ...options, ...storages };
  const world = { ...guardPlatform(platform, usual), issuer, clientId, resource, name, pause };

  const { emit, on } = createEvents();
  const elapsed = createStopwatch(world.now);
  const presence = createPresence({ ...world, elapsed, emit, onChange: () => ahead.plan(presence.freshFor()) });
  const areas = [platform.localStorage, platform.sessionStorage];
  const { tellOthers, close } = createNews({ ...world, areas, hear: (told) => void hear(told).catch(ignore) });
  const parts = {
    ...world,
    presence,
    tellOthers,
    vault: createVault({ ...world, follow: presence.follow, tellOthers }),
    transport: createTransport(world),
    persist: createPersist(world),
    exclusive: createExclusive(world),
  };
  const { vault } = parts;
  const farewells = createFarewells(parts);
  const accessToken = createAccess(parts);
  const ahead = createAhead({ ...parts, accessToken });
  const sendRequest = createSender(parts);
  const fetch = createAuthorizedFetch({ sendRequest, allowedOrigins: [issuer, ...allowedOrigins], accessToken });

  /** What a tab says may be old news: it gets the newer in return. */
  async function hear(told: unknown): Promise<void> {
    if (!isStored(told)) return void (await vault.look());
    const stored = await vault.adopt(told);
    if (stored && isNews(stored, told)) tellOthers(stored);
  }

  void vault.look().catch(ignore);
  void farewells.deliver().catch(ignore);

  return {
    ...createEntrance({ ...parts, farewells, accessToken, authorized: createTransport({ ...world, fetch }) }),
    accessToken,
    fetch,
    on,
    /** Stops listening and refreshing ahead; what is under way still comes to its end. */
    close(): void {
      ahead.stop();
      close();
    },
  };
}

const ignore = () => {};
