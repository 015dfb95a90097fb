"""Where a sweep's pictures come from, and what is right for each."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.sweep import folders
from trickcore.networks.catalogue import labels_of
from trickcore.pictures import samples
from trickcore.sweep.labels import class_of, classes_of, wnids
from trickcore.sweep.picture_sets import opened
from trickcore.sweep.plan import PlanError

IMAGENET = labels_of("efficientnet-lite0")
DIGITS = labels_of("digits-standard")


def test_imagenets_synsets_are_in_the_order_of_its_classes():
    assert len(wnids()) == 1000
    assert IMAGENET[wnids()["n02056570"]] == "king penguin"
    assert IMAGENET[wnids()["n02123045"]] == "tabby"


@pytest.mark.parametrize(
    ("word", "k"),
    [
        ("king penguin", 145),
        ("King_Penguin", 145),
        ("145", 145),
        ("n02056570", 145),
        ("n02056570_king_penguin", 145),
        ("cardigan (474)", 474),
        ("cardigan", 474),
        ("Cardigan", 264),
        ("unicorn", None),
        ("1000", None),
        ("n99999999", None),
        ("²", None),
    ],
)
def test_a_class_is_known_by_name_number_or_wnid(word, k):
    assert class_of(word, IMAGENET) == k


def test_a_name_that_two_classes_have_is_asked_about():
    with pytest.raises(PlanError, match=r"two classes: Cardigan \(264\) and cardigan \(474\)"):
        class_of("CARDIGAN", IMAGENET)


def test_a_wnid_means_nothing_to_a_network_with_other_labels():
    assert class_of("n02056570", DIGITS) is None


def test_folders_are_the_labels_and_hidden_files_are_left_out(tmp_path):
    hidden = (".hidden/c.png", "tabby/.d.png", "tabby/e.txt")
    folders.photos(tmp_path, "n02123045/a.png", "king penguin/b.JPG", *hidden)
    found = opened(str(tmp_path))
    assert found.names == ("king penguin/b.JPG", "n02123045/a.png")
    assert classes_of(found.words, found.names, IMAGENET) == [145, 281]
    assert found.said_by == "their folders"
    assert found.read(0) == samples.sample("cat")


def test_names_that_begin_with_a_wnid_are_labels_too(tmp_path):
    found = opened(str(folders.photos(tmp_path, "n02123045_1.png", "n02056570_2.png")))
    assert found.words == ("n02056570", "n02123045")


def test_without_labels_the_clean_answer_counts_and_it_says_so(tmp_path):
    found = opened(str(folders.drawn(tmp_path)))
    assert set(found.words) == {None}
    assert "untouched" in found.said_by


def test_where_only_some_have_a_label_it_asks(tmp_path):
    with pytest.raises(PlanError, match=r"1 pictures have a label .* 1 have none, the first .* loose\.png"):
        opened(str(folders.photos(tmp_path, "tabby/a.png", "loose.png")))


def test_a_label_that_is_no_class_names_the_picture_and_what_to_do(tmp_path):
    found = opened(str(folders.photos(tmp_path, "unicorn/a.png")))
    with pytest.raises(PlanError, match=r"'unicorn' of unicorn/a\.png is no class .*CSV"):
        classes_of(found.words, found.names, IMAGENET)
    assert opened(str(tmp_path), "clean").words == (None,)


@pytest.mark.parametrize(
    "text",
    [
        "a.png,king penguin\nb.png,281\n",
        "picture,label\nb,tabby\na,145\n",
        "ImageId,PredictionString\na,n02056570 85 1 499 272\nb,n02123045 1 2 3 4\n",
        "\ufeffa.png,145\r\nb.png,281\r\n",
    ],
    ids=["names", "head", "ImageNet's own", "from a spreadsheet"],
)
def test_labels_come_from_a_csv_file_in_the_forms_people_have(tmp_path, text):
    folder = folders.photos(tmp_path / "all", "a.png", "b.png")
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8")
    found = opened(str(folder), str(tmp_path / "labels.csv"))
    assert classes_of(found.words, found.names, IMAGENET) == [145, 281]
    assert found.said_by == "labels.csv"


def test_a_picture_that_the_csv_file_lacks_is_named(tmp_path):
    folder = folders.photos(tmp_path / "all", "a.png", "b.png")
    (tmp_path / "labels.csv").write_text("a.png,145\n")
    with pytest.raises(PlanError, match=r"no label for b\.png"):
        opened(str(folder), str(tmp_path / "labels.csv"))


@pytest.mark.parametrize("source", ["nowhere", "torchvision:Nothing", "torchvision:CIFAR10@nowhere"])
def test_what_is_not_there_is_said(source):
    said = "no folder nowhere|no data set called 'Nothing'|CIFAR10 is not in nowhere"
    with pytest.raises(PlanError, match=said):
        opened(source)


def test_an_empty_folder_says_what_a_picture_is_called(tmp_path):
    (tmp_path / "notes.txt").write_text("none")
    with pytest.raises(PlanError, match=r"no picture in .*\.png"):
        opened(str(tmp_path))


def test_a_limit_takes_some_of_every_folder(tmp_path):
    names = [f"{k}/{n}.png" for k in ("1", "2", "3") for n in range(5)]
    found = opened(str(folders.photos(tmp_path, *names)), limit=3)
    assert [name[0] for name in found.names] == ["1", "2", "3"]
    assert found.read(2) == samples.sample("cat")


def test_other_names_or_labels_are_another_set(tmp_path):
    first = opened(str(folders.photos(tmp_path, "1/a.png"))).digest
    assert opened(str(tmp_path)).digest == first
    assert opened(str(tmp_path), "clean").digest != first
    assert opened(str(folders.photos(tmp_path, "1/b.png"))).digest != first


def table(names: bool) -> pa.Table:
    """Two cats as Hugging Face's package datasets writes them, labels with or without names."""
    kind = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    image = pa.array([{"bytes": samples.sample("cat"), "path": None}] * 5, kind)
    values = [1, 0, 1, 0, 1] if names else [281] * 5
    found = pa.table({"image": image, "label": pa.array(values)})
    classes = {"names": ["tabby", "king penguin"], "_type": "ClassLabel"}
    features = {"image": {"_type": "Image"}, "label": classes}
    kept = {"huggingface": json.dumps({"info": {"features": features}})}
    return found.replace_schema_metadata(kept if names else {})


@pytest.mark.parametrize("names", [True, False], ids=["named classes", "numbers"])
def test_a_parquet_table_is_read_group_by_group(tmp_path, names):
    pq.write_table(table(names), tmp_path / "some.parquet", row_group_size=2)
    found = opened(str(tmp_path / "some.parquet"))
    right = [145, 281, 145, 281, 145] if names else [281] * 5
    assert classes_of(found.words, found.names, IMAGENET) == right
    assert [found.read(place) for place in (0, 3, 4)] == [samples.sample("cat")] * 3
    assert len(opened(str(tmp_path))) == 5


@pytest.mark.parametrize("kind", [pa.ipc.new_stream, pa.ipc.new_file])
def test_a_data_set_that_hugging_faces_package_saved_is_read(tmp_path, kind):
    path, saved = tmp_path / "data-00000-of-00001.arrow", table(True)
    with pa.OSFile(str(path), "wb") as out, kind(out, saved.schema) as writer:
        writer.write_table(saved)
    (tmp_path / "dataset_info.json").write_text("{}")
    found = opened(str(tmp_path))
    assert (len(found), found.words[0]) == (5, "king penguin")
    assert found.read(4) == samples.sample("cat")


@pytest.mark.parametrize("name", ["empty.parquet", "other.parquet"])
def test_a_table_that_is_none_or_has_no_pictures_is_said(tmp_path, name):
    if name == "other.parquet":
        pq.write_table(pa.table({"text": ["a"]}), tmp_path / name)
    else:
        (tmp_path / name).write_bytes(b"none")
    with pytest.raises(PlanError, match=r"cannot be read|no column of pictures"):
        opened(str(tmp_path / name))


def test_scikit_learns_digits_bring_their_labels():
    found = opened("digits", limit=10)
    assert len(found) == 10
    assert all(word in set("0123456789") for word in found.words)
    assert found.read(0).startswith(b"\x89PNG")


def test_torchvisions_data_sets_are_read_from_their_folder(tmp_path):
    """Two pictures in Fashion-MNIST's own files."""
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    images = np.zeros((2, 28, 28), np.uint8)
    images[0, 4:20, 10:14] = 255
    for part in ("train", "t10k"):
        head = np.array([0x803, 2, 28, 28], ">u4").tobytes()
        (raw / f"{part}-images-idx3-ubyte").write_bytes(head + images.tobytes())
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(np.array([0x801, 2], ">u4").tobytes() + bytes([9, 0]))
    found = opened(f"torchvision:FashionMNIST@{tmp_path}")
    assert found.words == ("Ankle boot", "T-shirt/top")
    assert found.read(0) != found.read(1)
