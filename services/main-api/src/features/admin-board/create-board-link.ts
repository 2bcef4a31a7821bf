import { type Answer, type Caller, answer } from '@sup/service-kit/http'
import type { Output, createBullLink as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { BOARD_PATH, makePass } from './board-pass.js'

/** Gives the browser that asks a cookie with which it may open the board of jobs for five minutes. */
export function createBoardLink(
  needs: Needs<'config' | 'clock'>,
  caller: Caller,
): Answer<Output<typeof contract>> {
  const { cookie, expiresAt } = makePass(needs, caller)
  const url = `${needs.config.PUBLIC_URL}${BOARD_PATH}/`
  return answer({ url, expiresAt }, { headers: { 'Set-Cookie': cookie } })
}
