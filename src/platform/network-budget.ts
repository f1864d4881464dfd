// platform/network-budget.ts: a budget for each network that a request comes from, however many addresses it has.
import type { Allowance, Budget, OpenBudget } from './budget.ts';
import { networksOf } from './network.ts';

/**
 * The IPv6 prefixes that are counted, and how many times the allowance of one /64 each of them has. An attacker with a /48
 * has 65,536 networks of /64, and gets 16 times the allowance of one. A customer with a /56 cannot use up more than a
 * quarter of what all customers in the same /48 have.
 */
const widths = [
  { prefix: 64, times: 1 },
  { prefix: 56, times: 4 },
  { prefix: 48, times: 16 },
] as const;

const prefixes = widths.map(({ prefix }) => prefix);

export interface NetworkBudget {
  /** Throws `rate_limited` if one of the networks of the address has used up its budget; then nothing is taken. */
  take(ip: string): Promise<void>;
  putBack(ip: string): Promise<void>;
}

export function createNetworkBudget(open: OpenBudget, { name, points, seconds }: Allowance): NetworkBudget {
  const budgets = widths.map(({ prefix, times }) =>
    open({ name: times === 1 ? name : `${name}-${prefix}`, points: points * times, seconds }),
  );

  const sharesOf = (ip: string): Share[] =>
    networksOf(ip, prefixes).flatMap((network, at) => {
      const budget = budgets[at];
      return budget ? [{ budget, network }] : [];
    });

  async function take(ip: string): Promise<void> {
    const taken: Share[] = [];
    for (const share of sharesOf(ip)) {
      await share.budget.take(share.network).catch(async (refusal: unknown) => {
        await giveBack(taken);
        throw refusal;
      });
      taken.push(share);
    }
  }

  return { take, putBack: (ip) => giveBack(sharesOf(ip)) };
}

interface Share {
  readonly budget: Budget;
  readonly network: string;
}

async function giveBack(shares: readonly Share[]): Promise<void> {
  await Promise.all(shares.map(({ budget, network }) => budget.putBack(network)));
}
