import { AppError } from '@sup/service-kit/http'
import { type Sql, isUniqueViolation } from '@sup/service-kit/postgres'
import { alreadyExists } from '@sup/types'
import type { Needs } from '../../deps.js'
import { newId } from '../../ids.js'
import { accountStore } from './account-store.js'

/**
 * Stores a new account. Its addresses are unverified: one that somebody else has answers the same.
 *
 * @param account `username` in lower case; `passwordHash` null when it can never log in by password.
 * @returns The id.
 * @throws AppError `ALREADY_EXISTS` with path `username`.
 */
export async function createAccount(
  tx: Sql,
  { clock }: Needs<'clock'>,
  account: {
    username: string
    passwordHash: string
    displayName?: string | undefined
    email?: string | undefined
    phone?: string | undefined
    role?: 'admin'
  },
): Promise<string> {
  const id = newId({ clock })
  const stored = {
    id,
    username: account.username,
    displayName: (account.displayName ?? account.username).normalize('NFC'),
    email: account.email ?? null,
    phone: account.phone ?? null,
    passwordHash: account.passwordHash,
    role: account.role ?? ('user' as const),
    at: clock.now().toISOString(),
  }
  try {
    await accountStore(tx).insert(stored)
  } catch (err) {
    throw isUniqueViolation(err, 'users_username_key') ? usernameTaken() : err
  }
  return id
}

/** The refusal of a username that is taken or reserved, which are not told apart. */
export const usernameTaken = (): AppError =>
  new AppError(alreadyExists, [{ path: 'username', message: 'is taken: choose another' }])
