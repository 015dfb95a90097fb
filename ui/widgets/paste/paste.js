// A pasted picture is handed to Streamlit's own uploader, which takes what is pasted while it has the focus:
// here it is taken wherever the focus is, but for fields that one writes in. Nothing else sends a file.
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".paste");
  root.paste ??= paste(root);
  root.paste.say(data.words);
  return root.paste.listen(data.uploader);
}

function paste(root) {
  const [button, keys, hint, said] = ["button", "kbd", ".hint", ".said"].map(name => root.querySelector(name));
  let place = () => null, words = {};

  // Only a page that came over https, or from this machine, may read the clipboard by itself.
  const reads = Boolean(navigator.clipboard?.read);
  button.hidden = !reads;
  hint.hidden = reads;

  function give(picture) {
    said.textContent = picture ? "" : words.none;
    if (!picture) return;
    const parcel = new DataTransfer();
    parcel.items.add(picture);
    const event = new ClipboardEvent("paste", { clipboardData: parcel, bubbles: true, cancelable: true });
    place()?.dispatchEvent(event);
  }

  button.onclick = async () => {
    try {
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find(one => one.startsWith("image/"));
        if (!type) continue;
        const picture = await item.getType(type);
        return give(new File([picture], `pasted.${type.slice(6).replace("jpeg", "jpg")}`, { type }));
      }
      give(null);
    } catch {
      said.textContent = words.refused;
    }
  };

  function pasted(event) {
    const [target] = event.composedPath();
    if (event.defaultPrevented || place()?.contains(target)) return;  // the uploader has it
    if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.nodeName)) return;
    const files = [...(event.clipboardData?.files ?? [])];
    give(files.find(file => file.type.startsWith("image/")) ?? null);
  }

  return {
    say(all) {
      const shortcut = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘V" : all.shortcut;
      const filled = Object.entries(all).map(([name, text]) => [name, text.replace("{shortcut}", shortcut)]);
      words = Object.fromEntries(filled);
      button.querySelector(".words").textContent = words.button;
      keys.textContent = shortcut;
      hint.textContent = words.hint;
    },
    listen(uploader) {
      place = () => document.querySelector(`.st-key-${uploader} [data-testid="stFileUploaderDropzone"]`);
      document.addEventListener("paste", pasted);
      return () => document.removeEventListener("paste", pasted);
    },
  };
}
