/** Says something to readers of the screen without moving the focus: outcomes that others see appear elsewhere. */
export function announce(text: string): void {
  let region = document.getElementById("announcements");
  if (!region) {
    region = document.createElement("div");
    region.id = "announcements";
    region.className = "unseen";
    region.setAttribute("aria-live", "polite");
    document.body.append(region);
  }
  region.textContent = text;
}
