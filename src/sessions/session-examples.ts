// sessions/session-examples.ts: the sessions of one person as the contract shows them, seen from her phone.
import { story } from '../examples.ts';

const { app, laptop, phone, at } = story;

export const sessionExamples = {
  laptop: {
    id: laptop.sessionId,
    client_id: app,
    created_at: at.signUp,
    last_used_at: at.signUp,
    idle_expires_at: '2026-03-02T11:00:00.000Z',
    expires_at: '2026-03-02T21:00:00.000Z',
    remembered: false,
    ip: laptop.ip,
    user_agent: laptop.userAgent,
    current: false,
  },
  phone: {
    id: phone.sessionId,
    client_id: app,
    created_at: at.signIn,
    last_used_at: at.refresh,
    idle_expires_at: '2026-03-16T10:34:00.000Z',
    expires_at: '2026-04-01T10:30:00.000Z',
    remembered: true,
    ip: phone.ip,
    user_agent: phone.userAgent,
    current: true,
  },
};
