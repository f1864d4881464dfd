// bench/servers/oidc-memory.ts: the quickest store that oidc-provider can have: maps. Its own one looks at all earlier tokens of a
// grant whenever one is stored, so that it would slow down from round to round.
import type { Adapter, AdapterPayload } from 'oidc-provider';

export function memoryAdapter(): (model: string) => Adapter {
  const models = new Map<string, AdapterPayload>();
  const uids = new Map<string, string>();
  const grants = new Map<string, Set<string>>();

  return (model) => {
    const keyOf = (id: string) => `${model}:${id}`;

    return {
      async upsert(id, payload) {
        const key = keyOf(id);
        models.set(key, payload);
        const { grantId, uid, userCode } = payload;
        if (uid) uids.set(`${model}:uid:${uid}`, key);
        if (userCode) uids.set(`${model}:code:${userCode}`, key);
        if (grantId) grants.set(grantId, (grants.get(grantId) ?? new Set()).add(key));
      },
      find: async (id) => models.get(keyOf(id)),
      findByUid: async (uid) => models.get(uids.get(`${model}:uid:${uid}`) ?? ''),
      findByUserCode: async (code) => models.get(uids.get(`${model}:code:${code}`) ?? ''),
      async consume(id) {
        const payload = models.get(keyOf(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id) => void models.delete(keyOf(id)),
      async revokeByGrantId(grantId) {
        for (const key of grants.get(grantId) ?? []) models.delete(key);
        grants.delete(grantId);
      },
    };
  };
}
