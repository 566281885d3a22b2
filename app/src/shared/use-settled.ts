import { useEffect, useState } from "react";

/**
 * `value`, but while `moving` changes more often than every `delay` milliseconds, the one from before it did. With no
 * delay it is the value itself.
 */
export function useSettled<T>(value: T, delay: number, moving: unknown): T {
  const [still, setStill] = useState(moving);
  const [last, setLast] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setStill(moving), delay);
    return () => clearTimeout(timer);
  }, [moving, delay]);
  const settled = delay === 0 || still === moving;
  if (settled && last !== value) setLast(value);
  return settled ? value : last;
}
