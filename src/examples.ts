// examples.ts: whom and what the examples of the contract speak of, so that they agree with each other. Ada signs up on
// her laptop, gets a role from Grace, and signs in on her phone. Nothing here opens anything.

const issuer = 'https://id.example';

const ada = {
  id: '019cadc6-9a80-7a11-8ada-000000000001',
  email: 'ada@example.com',
  username: 'ada',
  password: 'correct horse battery',
  newPassword: 'a better horse battery',
  profile: {
    given_name: 'Ada',
    family_name: 'Lovelace',
    name: 'Ada Lovelace',
    locale: 'en-GB',
    zoneinfo: 'Europe/London',
  },
  picture: 'https://images.example/ada.png',
  metadata: { theme: 'dark' },
  newEmail: 'ada.lovelace@example.com',
} as const;

const grace = {
  id: '019ca869-5000-7a11-8ace-000000000002',
  email: 'grace@example.com',
  username: 'grace',
  name: 'Grace Hopper',
} as const;

/** A backend service. */
const reports = {
  id: 'reports',
  name: 'Monthly reports',
  secret: 'example-secret-of-reports',
  newSecret: 'example-secret-of-reports-2',
} as const;

export const story = {
  issuer,
  /** The thumbprint of a key that nobody has. */
  kid: 'cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s',
  audience: 'https://orders.example',
  scope: 'orders:read',
  role: 'clerk',
  app: 'first-party',
  ada,
  grace,
  reports,
  laptop: {
    sessionId: '019cadc6-9a80-7b22-8ada-000000000003',
    refreshToken: 'lkr_example-of-the-laptop',
    ip: '198.51.100.7',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0',
  },
  phone: {
    sessionId: '019cae19-0040-7b22-8ada-000000000004',
    refreshToken: 'lkr_example-of-the-phone',
    nextRefreshToken: 'lkr_example-of-the-phone-2',
    accessTokenId: '019cae1c-a9c0-7c33-8ada-000000000006',
    ip: '192.0.2.17',
    userAgent: 'Orders/1.4 (Android 16)',
  },
  /** The header of one, and no more. */
  accessToken: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9...',
  mailedCode: 'example-code-from-the-mail',
  requestId: '019cae1d-9420-7d44-8ada-000000000005',
  retryKey: '5f0c7a34-1d0b-4c5e-9a57-2f6c1c0e7b11',
  cursor: 'example-cursor-of-the-next-page',
  at: {
    graceMade: '2026-03-01T08:00:00.000Z',
    clientMade: '2026-03-01T09:00:00.000Z',
    signUp: '2026-03-02T09:00:00.000Z',
    roleGiven: '2026-03-02T10:00:00.000Z',
    signIn: '2026-03-02T10:30:00.000Z',
    refresh: '2026-03-02T10:34:00.000Z',
    profileChange: '2026-03-02T10:35:00.000Z',
  },
} as const;
