export type { Followers } from './follower-loop.js'
