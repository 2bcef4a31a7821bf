import type { Sql } from '@sup/service-kit/postgres'
import type { CodePurpose } from './verification-code.js'

const REPLACE = `
  INSERT INTO verification_codes (user_id, purpose, target, code_hash, token_hash, created_at, expires_at)
  VALUES ($<userId>, $<purpose>, $<target>, $<codeHash>, $<tokenHash>, $<at>, $<expiresAt>)
  ON CONFLICT (user_id, purpose) DO UPDATE
    SET target = excluded.target, code_hash = excluded.code_hash, token_hash = excluded.token_hash, tries = 0,
        created_at = excluded.created_at, expires_at = excluded.expires_at`

const OWNER_OF_TOKEN = `
  SELECT user_id AS "userId", purpose FROM verification_codes WHERE token_hash = $<tokenHash>`

const LOCK = `
  SELECT target, code_hash AS "codeHash", token_hash AS "tokenHash", tries, expires_at AS "expiresAt"
    FROM verification_codes
   WHERE user_id = $<userId> AND purpose = $<purpose> FOR UPDATE`

const CREATED_AT = `
  SELECT created_at AS "createdAt" FROM verification_codes
   WHERE user_id = $<userId> AND purpose = $<purpose>`

const COUNT_TRY = `
  UPDATE verification_codes SET tries = tries + 1 WHERE user_id = $<userId> AND purpose = $<purpose>`

const DELETE = `DELETE FROM verification_codes WHERE user_id = $<userId> AND purpose = $<purpose>`

// The address may have been changed since the code was sent: then the code proves nothing.
const MARK_VERIFIED = {
  email: `
    UPDATE users SET email = $<target>, email_verified = true, pending_email = NULL
     WHERE id = $<userId> AND deleted_at IS NULL AND (email = $<target> OR pending_email = $<target>)`,
  phone: `
    UPDATE users SET phone_verified = true
     WHERE id = $<userId> AND deleted_at IS NULL AND phone = $<target>`,
} as const

const ADDRESSES = `
  SELECT email, email_verified AS "isVerified", pending_email AS "pendingEmail", display_name AS name,
         coalesce(locale, 'en') AS locale
    FROM users WHERE id = $<userId> AND deleted_at IS NULL`

/** Which code: at most one per account and purpose. */
export type CodeKey = { userId: string; purpose: CodePurpose }

export type StoredCode = {
  target: string
  codeHash: Buffer
  tokenHash: Buffer
  tries: number
  expiresAt: string
}

export type Addresses = {
  email: string | null
  isVerified: boolean
  pendingEmail: string | null
  name: string
  locale: string
}

/** Codes that prove addresses, of which only hashes are stored. */
export function verificationStore(sql: Sql) {
  return {
    /** Older codes of the same purpose die. */
    replace: (
      code: CodeKey & {
        target: string
        codeHash: Buffer
        tokenHash: Buffer
        at: string
        expiresAt: string
      },
    ) => sql.none(REPLACE, code),

    ownerOfToken: (tokenHash: Buffer) => sql.oneOrNone<CodeKey>(OWNER_OF_TOKEN, { tokenHash }),

    lock: (key: CodeKey) => sql.oneOrNone<StoredCode>(LOCK, key),

    /** ISO time; null without a code. */
    createdAt: async (key: CodeKey): Promise<string | null> =>
      (await sql.oneOrNone<{ createdAt: string }>(CREATED_AT, key))?.createdAt ?? null,

    countTry: (key: CodeKey) => sql.none(COUNT_TRY, key),

    delete: (key: CodeKey) => sql.none(DELETE, key),

    /**
     * Breaks the constraint `users_verified_email_idx` or `users_verified_phone_idx` when somebody else has
     * verified the address meanwhile.
     *
     * @returns False when the account no longer has this address.
     */
    markVerified: async (
      type: 'email' | 'phone',
      of: { userId: string; target: string },
    ): Promise<boolean> =>
      (await sql.result(MARK_VERIFIED[type], of, (result) => result.rowCount)) > 0,

    addresses: (userId: string) => sql.oneOrNone<Addresses>(ADDRESSES, { userId }),
  }
}
