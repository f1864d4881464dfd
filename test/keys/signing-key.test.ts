import { expect, test } from 'vitest';
import { keyState } from '../../src/keys/signing-key.ts';

const at = new Date('2026-01-01T00:00:00Z');

test.each([
  { activatedAt: null, retiredAt: null, revokedAt: null, state: 'pending' },
  { activatedAt: at, retiredAt: null, revokedAt: null, state: 'active' },
  { activatedAt: at, retiredAt: at, revokedAt: null, state: 'retired' },
  { activatedAt: null, retiredAt: at, revokedAt: null, state: 'retired' },
  { activatedAt: null, retiredAt: null, revokedAt: at, state: 'revoked' },
  { activatedAt: at, retiredAt: null, revokedAt: at, state: 'revoked' },
  { activatedAt: at, retiredAt: at, revokedAt: at, state: 'revoked' },
])(
  'signing key: activated $activatedAt, retired $retiredAt, revoked $revokedAt is $state',
  ({ state, ...instants }) => {
    expect(keyState(instants)).toBe(state);
  },
);
