// users/user-examples.ts: two people as the contract shows them.
import { story } from '../examples.ts';

const { ada, grace, at } = story;

export const newUserExample = {
  id: ada.id,
  email: ada.email,
  email_verified: false,
  preferred_username: ada.username,
  ...ada.profile,
  picture: null,
  roles: ['user'],
  metadata: {},
  disabled: false,
  created_at: at.signUp,
  updated_at: at.signUp,
  last_signed_in_at: at.signUp,
};

export const userExample = {
  ...newUserExample,
  email_verified: true,
  picture: ada.picture,
  roles: ['user', story.role],
  metadata: ada.metadata,
  updated_at: at.profileChange,
  last_signed_in_at: at.signIn,
};

export const userInfoExample = {
  sub: ada.id,
  email: ada.email,
  email_verified: true,
  preferred_username: ada.username,
  ...ada.profile,
  picture: ada.picture,
  updated_at: Date.parse(at.profileChange) / 1000,
};

export const administratorExample = {
  id: grace.id,
  email: grace.email,
  email_verified: true,
  preferred_username: grace.username,
  given_name: null,
  family_name: null,
  name: grace.name,
  locale: null,
  zoneinfo: null,
  picture: null,
  roles: ['user', 'admin'],
  metadata: {},
  disabled: false,
  created_at: at.graceMade,
  updated_at: at.graceMade,
  last_signed_in_at: null,
};
