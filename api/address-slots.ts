/** A counted bound on how much one address may hold at once, e.g. connections. */

export interface AddressSlots {
  /** Takes a place; the function gives it back, once. Undefined if the address has none left. */
  take(address: string): (() => void) | undefined;
}

export function createAddressSlots(maxEach: number): AddressSlots {
  /** Only addresses that hold something, so the total bound of what is held bounds this too. */
  const used = new Map<string, number>();
  return {
    take(address) {
      const before = used.get(address) ?? 0;
      if (before >= maxEach) return undefined;
      used.set(address, before + 1);
      let taken = true;
      return () => {
        if (!taken) return;
        taken = false;
        const left = (used.get(address) ?? 0) - 1;
        if (left > 0) used.set(address, left);
        else used.delete(address);
      };
    },
  };
}
