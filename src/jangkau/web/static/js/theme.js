// Runs before the first paint, so that who chose dark never sees a white flash.
{
  const chosen = localStorage.getItem("jangkau.theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
  document.documentElement.lang = localStorage.getItem("jangkau.language") ?? "id";
}
