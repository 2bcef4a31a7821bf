import type { AuthResult, MediaFile } from '@sup/types'

export type MediaAnswer = {
  status: number
  headers: Headers
  /** The envelope, loosely. */
  body: {
    success?: boolean
    data: never
    fileId?: string
    url?: string
    error?: { code: string; message: string; details?: never }
  }
}

/** The fields of an upload; a Blob or Buffer is a file. */
export type Fields = Record<string, string | Buffer | readonly (string | Buffer)[]>

/** Somebody who uploads and reads files. */
export type MediaClient = {
  userId: string
  token: string
  account: AuthResult
  get: (path: string, headers?: Record<string, string>) => Promise<Response>
  json: (method: string, path: string, body?: object) => Promise<MediaAnswer>
  upload: (fields: Fields, fileName?: string) => Promise<MediaAnswer>
  /** An upload that must succeed. */
  store: (fields: Fields, fileName?: string) => Promise<MediaFile>
}

const BASE = '/api/v1/media'

export function mediaClient(url: string, account: AuthResult): MediaClient {
  const authorization = `Bearer ${account.accessToken}`
  const answerOf = async (response: Response): Promise<MediaAnswer> => ({
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as MediaAnswer['body'],
  })
  const upload: MediaClient['upload'] = async (fields, fileName = 'file.dat') =>
    answerOf(
      await fetch(`${url}${BASE}/upload`, {
        method: 'POST',
        headers: { authorization },
        body: formOf(fields, fileName),
      }),
    )
  return {
    userId: account.user.id,
    token: account.accessToken,
    account,
    get: (path, headers = {}) =>
      fetch(`${url}${BASE}${path}`, { headers: { authorization, ...headers }, redirect: 'manual' }),
    json: async (method, path, body) =>
      answerOf(
        await fetch(`${url}${BASE}${path}`, {
          method,
          headers: {
            authorization,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
    upload,
    async store(fields, fileName) {
      const answer = await upload(fields, fileName)
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
      return answer.body.data
    },
  }
}

function formOf(fields: Fields, fileName: string): FormData {
  const form = new FormData()
  for (const [name, given] of Object.entries(fields)) {
    for (const value of Array.isArray(given) ? given : [given]) {
      if (typeof value === 'string') form.append(name, value)
      else form.append(name, new Blob([value as Buffer]), fileName)
    }
  }
  return form
}
