// What of an input does not fit its tool's schema.

/** The problems among the details of a failure, none if they are no such list: an endpoint may have details of the same name that are something else. */
export function problemsOf(details) {
  const list = details?.errors;
  const fits = Array.isArray(list) && list.every((p) => typeof p?.pointer === 'string' && typeof p?.message === 'string');
  return fits ? list.slice(0, 20) : [];
}
