// platform/proxy-watch.ts: notices a proxy in front of the service that nobody has told it of.
import type { Logger } from './logger.ts';
import { type AddressOf, isPrivate } from './network.ts';

/** Requests that came from a private address for somebody else: as many are no accident. */
const ENOUGH = 100;

/**
 * Behind a proxy that is not trusted the whole world is one network: its first hundred typing errors would throttle
 * everybody. Says so, once.
 */
export function watchForProxy(addressOf: AddressOf, log: Logger): AddressOf {
  let seen = 0;

  function watch(client: string): void {
    seen += 1;
    if (seen < ENOUGH) return;
    log.warn(
      { peer: client },
      'requests are forwarded by a private address: if it is a proxy, name it in TRUSTED_PROXIES',
    );
  }

  return (peer, forwardedFor) => {
    const client = addressOf(peer, forwardedFor);
    if (seen >= ENOUGH || forwardedFor === '') return client;
    const isIgnored = client === addressOf(peer, '');
    if (isIgnored && isPrivate(client)) watch(client);
    return client;
  };
}
