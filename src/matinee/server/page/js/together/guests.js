// Guests of this browser: names and films, kept here only.

const KEY = "matinee-guests";
const MOST_GUESTS = 9;

/** [{name, ratings: [{movie_id, title, year, stars}]}] of the last time. */
export function keptGuests() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter(sound).slice(0, MOST_GUESTS) : [];
  } catch {
    return [];
  }
}

export function keepGuests(guests) {
  try {
    if (guests.length) localStorage.setItem(KEY, JSON.stringify(guests));
    else localStorage.removeItem(KEY);
  } catch {
    // Storage may be refused or full; the guests then stay as long as the page.
  }
}

function sound(guest) {
  return typeof guest?.name === "string" && Array.isArray(guest.ratings) && guest.ratings.length > 0
    && guest.ratings.every((one) => typeof one?.movie_id === "string" && one.stars >= 0.5 && one.stars <= 5);
}
