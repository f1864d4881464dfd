// test/accounts/wrong-profile.ts: what nobody can be called, and what is said of it.

export const wrongProfile = {
  preferred_username: 'ann@example.com',
  given_name: '',
  family_name: 'a\u202eb',
  name: 5,
  locale: 'not a language',
  zoneinfo: 'Mars/Olympus_Mons',
  nickname: 'annie',
};

export const faultsOfProfile = {
  '/preferred_username': 'username_invalid',
  '/given_name': 'too_short',
  '/family_name': 'invalid',
  '/name': 'wrong_type',
  '/locale': 'locale_invalid',
  '/zoneinfo': 'zoneinfo_invalid',
  '/nickname': 'unknown_member',
};
