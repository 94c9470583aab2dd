"""What is said in the sample and what is shown meanwhile: an evening about bread, bees and bicycles."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One sentence or two in one breath, and the pause after it in seconds."""

    who: str
    text: str
    pause: float = 0.45


@dataclass(frozen=True)
class Shot:
    """What is seen from here until the next shot."""

    kind: str  # "wide", "close", "two", "walk" or "slide"
    scene: str = ""
    who: str = ""
    side: str = "left"
    points: tuple = ()


@dataclass(frozen=True)
class Sound:
    """Laughter or applause of the audience."""

    kind: str
    seconds: float


A = lambda text, pause=0.45: Line("Ada", text, pause)
B = lambda text, pause=0.45: Line("Ben", text, pause)

TALK = [
    Shot("wide", "stage", "Ada", "left"),
    A("Good evening, everyone. Can I ask you something strange?", 0.7),
    A("When did you last wait for anything, and enjoy it?", 1.0),
    Shot("two", "stage"),
    B("I waited forty minutes for the bus tonight. I did not enjoy it."),
    A("Then this evening is for you, Ben. Three slow things: a loaf, a hive, and a broken bicycle."),
    B("And one promise. Each of them takes ten minutes to learn, and a lifetime to hurry.", 1.4),
    Shot("slide", "A loaf of bread", points=("Flour, water, salt, time", "Twenty-four hours", "Nobody in a hurry")),
    A("Let us begin with bread. A loaf needs four things: flour, water, salt, and time."),
    A("The first three cost less than one euro. The fourth is the expensive one."),
    Shot("close", "kitchen", "Ada", "left"),
    A("Here is the mistake that everybody makes. They knead harder when the dough is tired."),
    A("But dough is not a muscle. Dough is a neighbour. You knock, you say hello, and then you leave it alone."),
    A("Fold it four times, every thirty minutes, and let it sleep in the fridge for a whole night.", 0.7),
    Shot("walk", "kitchen", "Ada", "left"),
    A("In the morning it has doubled, and it smells of apples and beer. Why? Because two kinds of tiny creatures had a party while you slept."),
    A("Yeast makes the bubbles. Bacteria make the taste. You only make the bed.", 0.6),
    Shot("two", "kitchen"),
    B("My first loaf was so hard that the birds in our garden sent it back."),
    Sound("laughter", 2.2),
    A("Mine held the kitchen door open for two years. It was the most useful thing I ever baked."),
    Sound("laughter", 1.8),
    Shot("close", "kitchen", "Ada", "left"),
    A("So remember one number: twenty-four. Twenty-four hours from flour to crust, and only eleven minutes of them are work.", 1.8),
    Shot("slide", "A hive of bees", points=("Fifty thousand sisters", "One spoon of honey", "Listen before you open")),
    B("From one kitchen to another. Mine has fifty thousand cooks, and every one of them can sting."),
    Shot("close", "garden", "Ben", "right"),
    B("I started keeping bees nine years ago, because my doctor told me to find a quiet hobby."),
    B("Nobody had told the doctor about bees.", 0.9),
    B("Do you know how much honey one bee makes in her whole life? Guess. A jar? A cup?", 0.8),
    B("One twelfth of a teaspoon. That is all. And yet every winter the hive is full.", 0.7),
    Shot("wide", "garden", "Ben", "right"),
    B("A hive has no boss. The queen gives no orders. When the bees need a new home, they vote, and they vote by dancing."),
    B("Each scout dances for the place that she has found. The better the place, the longer the dance."),
    B("But here is the secret. Every scout stops after a while, even the one who is right. That is how they listen to each other.", 0.8),
    Shot("two", "garden"),
    A("Wait. They stop arguing, although they are right?"),
    B("Yes. I told my family about it. We are still arguing about who should stop first."),
    Sound("laughter", 2.4),
    Shot("close", "garden", "Ben", "right"),
    B("If you remember one thing about bees, take this. Before you open a hive, put your ear against the wood and listen."),
    B("A calm hive hums. An angry hive roars. Most problems in life tell you the same, long before they sting.", 1.8),
    Shot("slide", "A broken bicycle", points=("Look, listen, then touch", "Three tools are enough", "Clean the chain first")),
    A("And now for something that does not sting, unless you pinch your finger in it. A bicycle."),
    Shot("wide", "workshop", "Ada", "left"),
    A("Last spring I found this one in a ditch. Flat tyres, rusty chain, and a nest of mice in the basket."),
    A("The shop said: buy a new one. It would cost two hundred euros to mend it. I mended it for nineteen.", 0.7),
    Shot("close", "workshop", "Ada", "left"),
    A("How? First, never touch anything for five minutes. Look. Spin the wheels. Listen to what clicks and what scrapes."),
    A("Second, clean the chain before you blame the gears. Nine problems of ten are only dirt."),
    A("Third, put every screw on a sheet of paper, in the order in which it came out. The paper is your memory.", 0.7),
    Shot("two", "workshop"),
    B("And what if one screw is left at the end?"),
    A("Then you have made the bicycle lighter. That is called engineering."),
    Sound("laughter", 2.2),
    Shot("walk", "workshop", "Ben", "right"),
    B("I laughed too, until I rode it home. But it works. It has carried bread, and honey, and once a very surprised cat."),
    B("The best part is not the money. The best part is that I am no longer afraid of it. What you have mended once, you own twice.", 1.6),
    Shot("wide", "stage", "Ada", "left"),
    A("So what do a loaf, a hive and a bicycle have in common?", 0.8),
    A("None of them can be shouted at. All of them answer, if you give them time."),
    Shot("two", "stage"),
    B("Bake on Saturday. Listen on Sunday. And on Monday, when the bus is late again, take the bicycle."),
    A("Thank you for waiting with us. Good night!", 0.3),
    Sound("applause", 6.0),
]
