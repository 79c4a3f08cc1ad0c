const KEY = "crosspore.token";

/**
 * The token of the address's fragment, which never leaves the browser by itself. It moves to this tab's session storage
 * and out of the address, where shoulders, screenshots and bookmarks would carry it on.
 */
export function takeToken(): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  try {
    if (token !== null) {
      sessionStorage.setItem(KEY, token);
      history.replaceState(null, "", location.pathname + location.search);
    }
    return sessionStorage.getItem(KEY) ?? undefined;
  } catch {
    return token ?? undefined;
  }
}
