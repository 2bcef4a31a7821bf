/** Pages of the web client that mails lead to. Opening one changes nothing: it asks, and posts. */
export type Links = {
  home: string
  verify: (token: string) => string
  resetPassword: (token: string) => string
  unsubscribe: (token: string) => string
  /** Where mail programs post to (RFC 8058); it answers to nothing but POST. */
  oneClick: (token: string) => string
}

/**
 * The links of mails. Tokens for pages stand behind `#`, which browsers send to no server: they come into no log and
 * no `Referer`.
 *
 * @param publicUrl `PUBLIC_URL`, with or without a slash at its end.
 */
export function linksOf(publicUrl: string): Links {
  const base = publicUrl.replace(/\/+$/, '')
  const page = (path: string, token: string): string =>
    `${base}/${path}#token=${encodeURIComponent(token)}`
  return {
    home: `${base}/`,
    verify: (token) => page('verify', token),
    resetPassword: (token) => page('reset-password', token),
    unsubscribe: (token) => page('unsubscribe', token),
    oneClick: (token) =>
      `${base}/api/v1/notifications/unsubscribe?token=${encodeURIComponent(token)}`,
  }
}
