export { type Redis, type RedisOptions, createRedis } from './redis.js'
export { type RestLimiter, createLimiter } from './limiter.js'
export { type RateClass, type RateClasses, bucketRates, rateClasses } from './rate-classes.js'
export {
  type BucketResult,
  type BucketTake,
  type TokenBuckets,
  tokenBuckets,
} from './token-buckets.js'
