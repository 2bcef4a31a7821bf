export type Throttle<Value> = {
  /** Emits at once, or the newest one when the pause after the last one of this key is over. */
  push(key: string, value: Value): void
  stop(): void
}

/** Lets at most one value through per key and pause; of those in between the newest. */
export function createThrottle<Value>(
  pauseMs: number,
  emit: (value: Value) => void,
): Throttle<Value> {
  const pauses = new Map<string, { timer: NodeJS.Timeout; next: { value: Value } | undefined }>()

  function open(key: string, value: Value): void {
    emit(value)
    const timer = setTimeout(() => {
      const next = pauses.get(key)?.next
      pauses.delete(key)
      if (next) open(key, next.value)
    }, pauseMs)
    pauses.set(key, { timer, next: undefined })
  }

  return {
    push(key, value) {
      const pause = pauses.get(key)
      if (pause) pause.next = { value }
      else open(key, value)
    },
    stop() {
      for (const { timer } of pauses.values()) clearTimeout(timer)
      pauses.clear()
    },
  }
}
