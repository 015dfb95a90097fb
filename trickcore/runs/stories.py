"""Stories: the tricks that made this famous, each a recipe, a picture and what was published of it."""

from trickcore.language import later
from trickcore.runs.recipe import KING_PENGUIN, Recipe
from trickcore.runs.story import Further
from trickcore.runs.story import Story as Story

STORIES = (
    Story(
        "cat-penguin",
        later("A cat becomes a king penguin"),
        "livz, 2017",
        "",
        later(
            "A photo of a cat is changed a little, again and again, always in the direction that makes the "
            "network think of a penguin. After thirty steps it does. You still see a cat, since nothing "
            "moved by more than two of 255 levels."
        ),
        later("51.84 % king penguin after 30 steps"),
        "googlenet",
        "sample:cat",
        Recipe(target=KING_PENGUIN, eps=2.0, steps=30),
    ),
    Story(
        "cat-mouse",
        later("A cat becomes a computer mouse"),
        "livz, 2017",
        "",
        later(
            "The same cat, another goal: the mouse on a desk. A network has no idea of animals and things, "
            "only of which numbers go up. Ten steps were enough then; see whether they are now."
        ),
        later("96.72 % mouse after 10 steps"),
        "googlenet",
        "sample:cat",
        Recipe(target=673, eps=2.0, steps=10),
    ),
    Story(
        "more-cat",
        later("A cat becomes more of a cat"),
        "livz, 2017",
        "",
        later(
            "One can also push towards what the picture already is. The network was unsure which cat this "
            "is; after ten tiny steps it is certain. So a high probability says little about the picture."
        ),
        later("Persian cat 13.94 % to 99.9 % in 10 steps"),
        "googlenet",
        "sample:cat",
        Recipe(target=282, eps=0.9, steps=10),
    ),
    Story(
        "panda-vulture",
        later("A panda becomes a vulture"),
        "Julia Evans, 2016",
        "",
        later(
            "Julia Evans asked why networks think a panda is a vulture, and walked up the hill of the "
            "vulture's probability. A hundred steps moved no value by even one level of 255. The network "
            "then was almost as sure of the vulture as it had been of the panda."
        ),
        later("99.57 % panda to 98.9 % vulture in 100 steps, 0.9 levels"),
        "googlenet",
        "sample:cat",
        Recipe(target=23, eps=0.9, steps=100),
        wants=later("a giant panda"),
    ),
    Story(
        "black-towel",
        later("Nothing at all becomes a paper towel"),
        "Julia Evans, 2016",
        "",
        later(
            "The picture is black from edge to edge, so there is nothing to see. The network has to answer "
            "all the same, and a few dark greys turn its answer into a paper towel. A network cannot say "
            "that it does not know."
        ),
        later("90 % paper towel"),
        "googlenet",
        "blank:black",
        Recipe(target=700, eps=4.0, steps=20),
        further=Further(
            later(
                "A network is only as good as its data, says the talk. Leave a digit out of them, and see "
                "what it makes of that digit."
            ),
            "train",
            "train_part",
            later("What it never saw"),
        ),
    ),
    Story(
        "panda-gibbon",
        later("A panda becomes a gibbon in one step"),
        "Goodfellow, Shlens and Szegedy, 2015",
        "https://arxiv.org/abs/1412.6572",
        later(
            "The most famous pair of pictures in the field: panda, plus noise, is gibbon. It took one single "
            "step along the sign of the gradient, away from panda, and no value moved by more than one "
            "level. Nobody chose which class comes out; raise the steps in Trick, and see how much surer the "
            "network gets."
        ),
        later("57.7 % panda to 99.3 % gibbon in one step"),
        "googlenet",
        "sample:cat",
        Recipe(target=None, eps=1.0, steps=1, alpha=1.0),
        wants=later("a giant panda"),
    ),
    Story(
        "spoon",
        later("There is no spoon"),
        "Tiffany Souterre",
        "",
        later(
            "The run goes on until the network is 98 % sure that the cat is a wooden spoon. With a change "
            "this large one can begin to see it, like grain in an old photo. It took about three hours then; "
            "here, with steps along the gradient's sign, it takes seconds."
        ),
        later("tabby 86 % to spoon 98.65 %, in about three hours"),
        "inception_v3",
        "sample:cat",
        Recipe(target=910, eps=25.5, steps=40, stop_at=0.98),
        further=Further(
            later(
                "Why so little is enough, she drew with a network that has two pixels: it bends their plane "
                "until a straight line parts it. Watch one do so, and push a point over the line."
            ),
            "why",
            "why",
            later("Two pixels"),
        ),
    ),
    Story(
        "pineapple",
        later("A white page becomes a pineapple"),
        "Tiffany Souterre",
        "",
        later(
            "The start is a white page, so that every colour on it was put there by the trick. Almost "
            "nothing is to be seen. Turn the colours up to their fullest and the network's idea of a "
            "pineapple shows."
        ),
        later("clip 0.1; no figure was published"),
        "inception_v3",
        "blank:white",
        Recipe(target=953, eps=25.5, steps=40),
        extra="saturated",
        further=Further(
            later(
                "The talk goes on to networks that learn to draw: a forger, and a detective who teaches it "
                "by catching it."
            ),
            "train",
            "train_part",
            later("A forger and a detective"),
        ),
    ),
    Story(
        "glasses",
        later("Glasses that fool the network"),
        "Sharif et al., 2016",
        "https://doi.org/10.1145/2976749.2978392",
        later(
            "Here only the pixels under a pair of glasses may change, but as much as they like. Everybody "
            "sees the glasses, nobody sees what they do. Printed on paper and worn, such glasses made a face "
            "recogniser take one person for another."
        ),
        later("shown as pictures of people wearing them"),
        "inception_v3",
        "sample:cat",
        Recipe(target=KING_PENGUIN, eps=255.0, steps=60, mask="glasses"),
    ),
    Story(
        "turtle",
        later("The turtle that is a rifle from most sides"),
        "Athalye et al., 2018",
        "https://arxiv.org/abs/1707.07397",
        later(
            "A trick for one picture is gone when the picture is turned or photographed. So each step is "
            "made to work on eight random views at once: turned, scaled, moved, lighter, noisy. What "
            "survives that often survives the world: a turtle printed in 3D was taken for a rifle in 82 of "
            "100 photos."
        ),
        later("96.4 % of 1,000 random views fooled, on average over 1,000 pictures"),
        "inception_v3",
        "sample:cat",
        Recipe(target=764, eps=16.0, steps=60, momentum=1.0, views=8),
        extra="turned",
    ),
    Story(
        "ostriches",
        later("Everything becomes an ostrich"),
        "Szegedy et al., 2014",
        "https://arxiv.org/abs/1312.6199",
        later(
            "The paper that began it all shows a school bus, a temple and a bird, and all of them were "
            "ostriches to the network. Six pictures, one target, one recipe. Nothing in the pictures has to "
            "look like an ostrich at all."
        ),
        later("all six pictures of their figure"),
        "alexnet",
        "sample:cat",
        Recipe(target=9, eps=2.0, steps=30),
        extra="six",
    ),
    Story(
        "more-five",
        later("What would make this more of a 5?"),
        "William Falcon",
        "",
        later(
            "The digit is a 5 that might be a 6. The gradient says of every pixel whether more ink there "
            "makes it more of a 5. Add it a few times and the network is certain; the page Ask does that "
            "with three networks side by side."
        ),
        later("shown as pictures; no figure was published"),
        "",
        "digit:5-or-6",
        Recipe(network="digits-standard", target=5, eps=25.5, steps=10),
        extra="gradient",
        further=Further(
            later("How pixels become an answer at all is drawn there, unit by unit, forwards and backwards."),
            "ask",
            "ask",
            later("From pixels to an answer"),
        ),
    ),
    Story(
        "photograph",
        later("Printed, photographed, and still tricked"),
        "Kurakin, Goodfellow and Bengio, 2016",
        "https://arxiv.org/abs/1607.02533",
        later(
            "Tricked pictures were printed on paper and photographed with a phone. Many still fooled the "
            "network, though nobody had planned for paper and light. Here print and phone are imitated: a "
            "tilt, a little blur, other light, and grain."
        ),
        later(
            "at epsilon 16 the photo undid 12.5 % of the tricks made in one step, 40.4 % of those made in "
            "many"
        ),
        "inception_v3",
        "sample:cat",
        Recipe(target=None, eps=16.0, steps=10, alpha=1.6),
        extra="printed",
    ),
    Story(
        "promise",
        later("A 5 that is proved to stay a 5"),
        "Gowal et al., 2018",
        "https://arxiv.org/abs/1810.12715",
        later(
            "Many defences were broken by a better attack within a year. So people began to prove instead of "
            "to try: not one picture but all pictures within epsilon go through the network at once, and "
            "none may reach another answer. The attack below is a strong one, and within epsilon it cannot "
            "win."
        ),
        later("91.95 % of MNIST's test digits proved at epsilon 0.3, 76.5 of 255"),
        "",
        "digit:5",
        Recipe(network="digits-proved", target=None, eps=76.5, steps=40, random_start=True),
        extra="proved",
        further=Further(
            later("See the proof grow with epsilon until it gives way, for any digit that you draw."),
            "defend",
            "defend",
            later("Proved"),
        ),
    ),
    Story(
        "few-pixels",
        later("Five pixels turn a 4 into a 9"),
        "Su, Vargas and Sakurai, 2019",
        "https://arxiv.org/abs/1710.08864",
        later(
            "How many pixels does it take? For many small photos it was one. Nobody looked inside the "
            "network: a place and a colour were tried, the network was asked, and what helped was kept. This "
            "digit withstands one pixel, but not five; each has a ring round it."
        ),
        later(
            "one pixel fooled a network on 67.97 % of CIFAR-10's test photos, and on 16.04 % of ImageNet's"
        ),
        "",
        "digit:4",
        Recipe("digits-standard", target=None, method="pixels", pixels=5, questions=3000),
    ),
    Story(
        "toaster",
        later("A sticker makes it a toaster"),
        "Brown et al., 2017",
        "https://arxiv.org/abs/1712.09665",
        later(
            "Nobody said that a trick has to be hidden. Beside a banana lay a sticker as bright as a sweet, "
            "and the network saw a toaster. This one is made for the espresso alone: only the sticker may "
            "change, but as much as it likes."
        ),
        later("shown as a photo: a banana that is read as a toaster once the sticker lies beside it"),
        "",
        "sample:espresso",
        Recipe(target=859, mask="sticker", eps=255.0, steps=60),
        extra="sticker",
        further=Further(
            later(
                "Make one over many photos, places and turns at once, count how often it works, and print it."
            ),
            "survive",
            "survive",
            later("A sticker"),
        ),
    ),
    Story(
        "only-a-label",
        later("Knowing nothing but the answer"),
        "Chen, Jordan and Wainwright, 2020",
        "https://arxiv.org/abs/1904.02144",
        later(
            "Hide the network, hide its probabilities, and tell only which answer wins. That is enough. The "
            "search starts at a picture that is an 8 already, asks on which side of the border small steps "
            "end, and walks home to the 5 for as long as the answer stays 8."
        ),
        later(
            "a defence that hides gradients or probabilities does not stop it; budgets were 1,000 to "
            "20,000 questions"
        ),
        "",
        "digit:5",
        Recipe("digits-standard", target=8, method="hopskipjump", norm="l2", questions=2000),
    ),
)
BY_NAME = {story.name: story for story in STORIES}
