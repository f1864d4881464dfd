// service.ts: builds every part from the configuration. Whatever touches the outside world can be handed in instead.

import { createAssertProved } from './accounts/account-proof.ts';
import { createCredentials } from './accounts/credentials.ts';
import { createEmptyAccount } from './accounts/empty-account.ts';
import { createImportUsers } from './accounts/import-users.ts';
import { createLetters } from './accounts/letters.ts';
import { createLockPassword } from './accounts/lock-password.ts';
import { createMailbox } from './accounts/mailbox.ts';
import { mailboxEndpoints } from './accounts/mailbox-routes.ts';
import { createMails } from './accounts/mails.ts';
import { createOneTimeCodes } from './accounts/one-time-codes.ts';
import { createChangeProfile } from './accounts/profile.ts';
import { accountEndpoints } from './accounts/routes.ts';
import { createSignUp } from './accounts/sign-up.ts';
import { createWriteLetter } from './accounts/write-letter.ts';
import { auditEndpoints } from './admin/audit-routes.ts';
import { createClientAdmin } from './admin/client-admin.ts';
import { clientAdminEndpoints } from './admin/client-routes.ts';
import { keyAdminEndpoints } from './admin/key-routes.ts';
import { createPowers } from './admin/powers.ts';
import { createRoleAdmin } from './admin/role-admin.ts';
import { roleAdminEndpoints } from './admin/role-routes.ts';
import { createUserAdmin } from './admin/user-admin.ts';
import { userAdminEndpoints } from './admin/user-routes.ts';
import { createApp } from './app.ts';
import { createAuditLog } from './audit/audit-log.ts';
import { createBoundedRecord } from './audit/bounded-record.ts';
import { createAssertionCheck } from './clients/client-assertion.ts';
import { builtInClient, createClients } from './clients/clients.ts';
import { createClientGuards } from './clients/guard.ts';
import { createAllowedOrigins } from './clients/origins.ts';
import { type Config, keyTimes } from './config.ts';
import { openDatabase } from './database.ts';
import { demoSites } from './demo-site.ts';
import { contractEndpoints } from './discovery/contract-routes.ts';
import { docsSite } from './discovery/docs-routes.ts';
import { discoveryEndpoints } from './discovery/routes.ts';
import { metricsEndpoints } from './health/metrics-routes.ts';
import { healthEndpoints } from './health/routes.ts';
import type { Endpoint } from './http/endpoint.ts';
import { createSigningKeys } from './keys/signing-keys.ts';
import { createLimits } from './limits.ts';
import { createOutbox } from './mail/outbox.ts';
import { createPostman } from './mail/postman.ts';
import { createTurns } from './mail/turns.ts';
import { createLease } from './maintenance/lease.ts';
import { createSweeper } from './maintenance/sweeper.ts';
import { describeContract, toYaml } from './openapi.ts';
import { createAfterCommit } from './platform/after-commit.ts';
import { createBackground, together } from './platform/background.ts';
import { type Clock, systemClock } from './platform/clock.ts';
import { createCursors } from './platform/cursor.ts';
import type { Disk } from './platform/file-sync.ts';
import type { Limiter } from './platform/limiter.ts';
import { createLogger, type Logger } from './platform/logger.ts';
import { createLogMailer, createSmtpMailer, type Mailer } from './platform/mailer.ts';
import { createMetrics } from './platform/metrics.ts';
import { createAddressOf } from './platform/network.ts';
import { theService } from './platform/origin.ts';
import { watchForProxy } from './platform/proxy-watch.ts';
import { createSecretRing, loadOrCreateSecret } from './platform/secrets.ts';
import { createUnreadableEntries } from './platform/unreadable-entries.ts';
import { createRoles } from './roles/roles.ts';
import { createClientSessions } from './sessions/client-sessions.ts';
import { createEndSessions } from './sessions/end-sessions.ts';
import { createIsFamiliar } from './sessions/familiar-networks.ts';
import { sessionEndpoints } from './sessions/routes.ts';
import { createSessions } from './sessions/sessions.ts';
import { createAccessTokens } from './tokens/access-tokens.ts';
import { forwardAuthEndpoints } from './tokens/forward-auth-routes.ts';
import { createClientCredentialsGrant } from './tokens/grants/client-credentials.ts';
import { createPasswordGrant } from './tokens/grants/password.ts';
import { createRefreshTokenGrant } from './tokens/grants/refresh-token.ts';
import { bearerGuard, scopeGuard, signedInGuard, visitorGuard } from './tokens/guard.ts';
import { createIntrospect } from './tokens/introspection.ts';
import { createRefreshTokenSeal } from './tokens/refresh-token-seal.ts';
import { createRefreshTokens } from './tokens/refresh-tokens.ts';
import { createRevocation } from './tokens/revocation.ts';
import { tokenEndpoints } from './tokens/routes.ts';
import { createScopes } from './tokens/scope.ts';
import { createWarnOfShortLives } from './tokens/short-lives.ts';
import { createStandingOf } from './tokens/stored-state.ts';
import { createIssue } from './tokens/token-answer.ts';
import { createAuthenticate, type Unverified } from './users/authenticate.ts';
import { createDecoys } from './users/decoys.ts';
import { sampleHashes } from './users/hash-sample.ts';
import { createHashingLane } from './users/hashing-lane.ts';
import { createImportedUsers } from './users/imported-users.ts';
import { createPasswords } from './users/passwords.ts';
import { userEndpoints } from './users/routes.ts';
import { createUsers } from './users/users.ts';

/** The outside world. */
export interface Replaceable {
  readonly now: Clock;
  readonly log: Logger;
  readonly limiter: Limiter;
  readonly mailer: Mailer;
  readonly disk: Disk;
}

/** All instances together sweep as often as that. */
const SWEEP_SECONDS = 600;

export type Service = Awaited<ReturnType<typeof createService>>;

/** Nothing is connected or written before `start`. */
export async function createService(config: Config, replaced: Partial<Replaceable> = {}) {
  const { issuer, audiences, accessTokenSeconds: ttlSeconds } = config;
  const { now = systemClock, log = createLogger(config.logLevel) } = replaced;
  const { hostname: site } = new URL(issuer);

  const database = await openDatabase(config.databaseUrl, log, { pool: config.pool, disk: replaced.disk });
  const { em } = database;
  const secrets = createSecretRing(
    config.secrets.length > 0 ? config.secrets : [loadOrCreateSecret(config.secretFile)],
  );
  const builtIn = builtInClient(config.firstPartyClientId, audiences);
  const clients = createClients({ em, now, builtIn, audiences });
  const roles = createRoles({ now });

  const audit = createAuditLog({ now, log, afterCommit: createAfterCommit(em) });
  const recordBounded = createBoundedRecord({ em, now, audit });
  const metrics = createMetrics();
  const limits = await createLimits(config, { em, now, log, secrets, isFamiliar: createIsFamiliar({ em, now }) });
  const { limiter = limits.limiter } = replaced;
  const { throttle } = limits;
  const keys = createSigningKeys({
    em,
    now,
    audit,
    sealingKeys: secrets.keysFor('signing keys at rest'),
    algorithm: config.signingAlgorithm,
    times: keyTimes(config),
    self: theService,
  });

  const users = createUsers({ em, now });
  const lane = createHashingLane({ ...config.passwords, timeWait: metrics.timeHashWait });
  const decoys = createDecoys({
    key: secrets.keysFor('decoys of unknown names').newest.key,
    cost: config.passwords,
    sample: (signal) => sampleHashes(em, signal),
  });
  const passwords = createPasswords({
    lane,
    ...config.passwords,
    decoyFor: decoys.pick,
    serviceWords: ['latchkey', site, ...site.split('.')],
  });
  const { lifetimes, maxSessionsPerUser: maxPerUser, restoredSessions } = config;
  const sessions = createSessions({ em, now, audit, lifetimes, maxPerUser });
  const clientSessions = createClientSessions({ em, now, audit, clients });

  const accessTokens = createAccessTokens({ keys, now, issuer });
  const seal = createRefreshTokenSeal(secrets.keysFor('refresh tokens'));
  const scopes = createScopes({ em, roles, issuer });
  const graceSeconds = config.refreshGraceSeconds;
  const refreshTokens = createRefreshTokens({
    em,
    commit: database.commit,
    settled: database.settled,
    now,
    seal,
    sessions,
    audit,
    scopes,
    graceSeconds,
    restoredSessions,
    mayRecord: limits.mayRecord,
  });
  const { spendQuota } = limits;
  const revocation = createRevocation({ em, seal, accessTokens, sessions, audit, spendQuota });
  const issue = createIssue({ em, accessTokens, seal, scopes, now, ttlSeconds });
  const standingOf = createStandingOf({ em, now, clients, scopes });
  const introspect = createIntrospect({
    em,
    now,
    issuer,
    accessTokens,
    seal,
    standingOf,
    clients,
    scopes,
    restoredSessions,
  });

  const outbox = createOutbox({ em, now, secrets });
  metrics.watch({ lane: lane.load, keys: keys.ages, mails: outbox.backlog, pool: database.load });
  const codes = createOneTimeCodes({ now, secrets });
  const mails = createMails({ outbox });
  const letters = createLetters({ links: config.mail.links, site });
  const write = createWriteLetter({ em, now, users, codes, letters, audit });
  const authenticate = createAuthenticate({
    commit: database.commit,
    users,
    passwords,
    throttle,
    audit,
    unverified: unverified(config.signUp),
    log,
    lockPassword: createLockPassword({ em, users, mails, audit }),
  });
  const { mailer = createMailer(config.mail, site, log) } = replaced;
  const postman = createPostman({ outbox, turns: createTurns({ now }), write, mailer, log });

  const powers = createPowers({ em, users, clients, roles, recordBounded });
  const userAdmin = createUserAdmin({ em, users, sessions, codes, mails, roles, powers, audit });
  const roleAdmin = createRoleAdmin({ roles, powers, audit });

  const guards = createClientGuards({
    em,
    audit,
    log,
    clients,
    guesses: limits.guesses,
    checkAssertion: createAssertionCheck({ em, now, issuer, recordBounded }),
    spend: limits.spendOfClient,
  });
  const signedIn = signedInGuard({ accessTokens, standingOf });
  const allowed = scopeGuard({ accessTokens, standingOf, recordBounded });
  const cursors = createCursors(secrets.keysFor('cursors of lists'));
  const clientAdmin = createClientAdmin({ em, clients, clientSessions, powers, audit });
  const endpoints: Endpoint[] = [
    ...tokenEndpoints({
      clients: guards,
      revocation,
      introspect,
      grants: {
        clientCredentials: createClientCredentialsGrant({ scopes, issue }),
        password: metrics.countSignIns(createPasswordGrant({ em, authenticate, users, sessions, scopes, issue })),
        refreshToken: metrics.countRefreshes(createRefreshTokenGrant({ refreshTokens, scopes, issue })),
      },
    }),
    ...forwardAuthEndpoints({ bearer: bearerGuard({ accessTokens, standingOf }), defaultAudience: audiences[0] }),
    ...accountEndpoints({
      client: guards.anyClient,
      signedIn,
      passwords,
      signUp: createSignUp({
        ...{ em, audit, users, passwords, sessions, codes, mails, scopes, issue },
        policy: config.signUp,
      }),
      changeProfile: createChangeProfile({ em, users, audit }),
      credentials: createCredentials({
        em,
        authenticate,
        users,
        passwords,
        sessions,
        codes,
        mails,
        audit,
        clients,
        issue,
        issuer,
      }),
    }),
    ...mailboxEndpoints({
      passwords,
      visitor: visitorGuard({ accessTokens, standingOf }),
      mailbox: createMailbox({
        ...{ em, now, users, passwords, throttle, sessions, codes, mails, audit },
        assertProved: createAssertProved({ authenticate }),
        emptyAccount: createEmptyAccount({ codes, sessions }),
      }),
    }),
    ...userEndpoints({ users, signedIn }),
    ...userAdminEndpoints({ users, userAdmin, cursors, allowed }),
    ...clientAdminEndpoints({ clients, clientAdmin, cursors, allowed }),
    ...roleAdminEndpoints({ em, roles, roleAdmin, allowed }),
    ...keyAdminEndpoints({ keys, allowed }),
    ...auditEndpoints({ em, audit, cursors, allowed }),
    ...sessionEndpoints({ em, now, cursors, sessions, signedIn }),
    ...discoveryEndpoints({
      issuer,
      keys,
      scopes: async () => [...new Set([...(await roles.allScopes(em)), ...(await clients.allScopes())])],
      jwksMaxAgeSeconds: config.jwksMaxAgeSeconds,
    }),
    ...healthEndpoints({ isReady: async () => keys.isReady() && (await database.isReachable()) }),
    ...metricsEndpoints({ metrics, token: config.metricsToken }),
    ...contractEndpoints({ contract: () => describeContract(endpoints, issuer), toYaml }),
  ];
  const onUnreadable = createUnreadableEntries({ log, now });
  const addressOf = watchForProxy(createAddressOf(config.trustedProxies, onUnreadable), log);
  const isAllowedOrigin = createAllowedOrigins({ configured: config.corsOrigins, clients, now });
  const app = createApp({
    endpoints,
    sites: [docsSite(), ...(config.demo ? demoSites(config.issuer) : [])],
    issuer,
    now,
    log,
    limiter,
    spendQuota,
    metrics,
    addressOf,
    isAllowedOrigin,
  });
  const sweep = createSweeper({
    em,
    now,
    claim: createLease({ em, now, name: 'sweep', seconds: SWEEP_SECONDS }),
    auditRetentionSeconds: config.auditRetentionSeconds,
    sweepLimits: limits.sweep,
    metrics,
  });

  const endClientSessions = (signal: AbortSignal) => clientSessions.endDue(theService(), signal);
  const warnOfShortLives = createWarnOfShortLives({ clients, log, ttlSeconds, graceSeconds });
  const watched = { log, onFailure: metrics.countFailure };

  return {
    endpoints,
    handle: app.callback(),
    database,
    log,
    keys,
    clients,
    sessions,
    users,
    passwords,
    roles,
    audit,
    userAdmin,
    endSessions: createEndSessions({ em, now, audit }),
    clientAdmin,
    clientSessions,
    roleAdmin,
    importUsers: createImportUsers({ em, importedUsers: createImportedUsers({ now }), roles, audit }),
    /** Migrates, makes the first key, loads the keys, and counts the kinds of password hashes. */
    async start() {
      await database.prepare(async () => {
        await limits.prepare();
        await keys.prepare();
        await warnOfShortLives();
      });
      await decoys.refresh();
    },
    /** What goes on beside the requests. Tests leave it alone, and do by hand what they want done. */
    background: together([
      createBackground({ name: 'mail', work: postman.keepDelivering, pauseMs: 1_000, ...watched }),
      createBackground({ name: 'log', work: database.takeOverLog, pauseMs: 250, ...watched }),
      createBackground({ name: 'keys', work: keys.keepUp, pauseMs: 3_000, ...watched }),
      createBackground({ name: 'sweep', work: sweep, pauseMs: 60_000, ...watched }),
      createBackground({ name: 'decoys', work: decoys.refresh, pauseMs: 3_600_000, ...watched }),
      createBackground({ name: 'client sessions', work: endClientSessions, pauseMs: 5_000, ...watched }),
    ]),
    deliverMails: () => postman.deliverDue(),
    resealMails: outbox.reseal,
    sweep,
    refreshDecoys: decoys.refresh,
    async close() {
      await limits.close();
      await database.close();
    },
  };
}

function createMailer({ smtpUrl: url, requiresTls, from }: Config['mail'], domain: string, log: Logger): Mailer {
  return url === null ? createLogMailer(log) : createSmtpMailer({ url, requiresTls, from, domain });
}

function unverified({ disclosure, verification }: Config['signUp']): Unverified {
  if (verification === 'optional') return 'admitted';
  return disclosure === 'strict' ? 'hidden' : 'told';
}
