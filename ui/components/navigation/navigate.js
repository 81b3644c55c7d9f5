/* Go to another page of this application without leaving the session: one entry in the history, as a link would make.
   Streamlit answers a change of the history by running the page that the new address names. */
function navigate(address) {
  const target = new URL(address, window.location.origin);
  if (target.origin !== window.location.origin) return;
  window.history.pushState({}, "", target);
  window.dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}
