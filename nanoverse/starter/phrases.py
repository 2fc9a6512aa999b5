"""The phrases of everyday talk, as a text to write in.

Under the name of each kind of talk stand lines that may be said to the agent (`>`) and plain replies (`<`); an indented
line goes on the one before. `grammar.expand` reads them: `[a|b]` chooses, `{name}` fills in, and `@yes`, `@no` and
`@hello` stand for the openings below.
"""

OPENINGS = {
    "@hello": (
        "[Hi|Hello|Hey|Hi there|Hey there|Hello there|Oh, hi|Hey hey|Good to see you|Nice to see you]"
    ),
    "@yes": (
        "[Yes|Sure|Of course|Okay|Gladly|Why not|Sounds good|Good idea|Yes, let's do it|I'd like that"
        "|Count me in|Yes please]"
    ),
    "@no": ("[No|No, sorry|Sorry, not now|Not today|Maybe later|I'd rather not|Sorry, I can't|No thanks]"),
}

TALK = """
greeting
> [hi|hello|hey|hiya|yo|good morning|good evening|hey there|hello there|greetings][| {me}|, {me}|!|
    everyone| again]
> [oh |]{me}[!| is here!|, there you are!|, hi!]
> [long time no see|nice to see you|good to see you][| {me}|!]
< @hello[| {asker}|, {asker}][!|.]
< @hello[| {asker}]! [How are you?|How is it going?|What are you up to?|What's new?|How was your day?|Are
    you well?]
< @hello[| {asker}]! [I was just {doing}.|You came just in time.|I was thinking of you.|Nice day to {do}.]

mood
> how are you[| today| doing|, {me}]?
> how [is it going|are things|do you feel]?
> [you ok|are you okay|all good|everything fine]?
> what's up[|, {me}]?
> sup
< [I'm fine|I'm good|I'm well|Very well|Pretty good|Good|Not bad|I'm great|Fine], thanks[| for asking].
    [And you?|How are you?|You?|What about you?|]
< [A bit tired|A little cold|Hungry|Sleepy|Happy], [I was {doing} all day|but fine|but it's a good day|and
    you].
< [All good|Fine|Great]! I'm [still |]{doing}.

doing
> what are you doing[| now| right now|, {me}]?
> [are you busy|busy]?
> wyd?
> what are you up to[|, {me}]?
< [I'm|Just|I'm just|Still] {doing}.
< [I'm|Just] {doing}. [Want to help?|Do you want to join?|Come along!|And you?]
< [Nothing much|Not a lot], just {doing}.

plan
> [let's|shall we|do you want to|want to|should we|can we|we could] {do}[| together| tomorrow| later| now|,
    {me}]?
> [are you in|who is in] to {do}?
> I want to {do}[, are you coming|, come with me|. will you join me]?
< @yes[.|!| I like to {do}.]
< @yes. [When do we start?|Where?|I'll bring {material}.|We need {material} for that.|Give me a moment.
    |Wait for me.]
< @no. [I'm busy {doing2}.|I want to {do2} first.|I'm too tired.|It's too late for that.|Maybe tomorrow.]

meet
> [let's meet|meet me|can we meet|come] at {place}[| at noon| tonight| tomorrow| later]?
> [come|go] to {place} with me[|, {me}]?
< [Okay|Sure|Yes|Good], [see you at {place}|I'll be at {place}|I'll come to {place}|{place} it is].
< [Okay|Sure|Yes], {place}[ then|]. [I'll be there.|See you there.|On my way.]
< @no. {place} is too far[ for me|].

task
> [can|could|would|will] you [help me {do}|{do} for me|help with my {building}][|, please]?
> [help me|I need help], I want to {do}
> please help me {do}
< @yes. [Where do we start?|What do you need?|I'm coming.|I'll help you.|Just show me where.|How much
    {material} do we need?]
< [Sure|Of course|Yes], I'll help you {do}.
< @no. [I'm busy {doing2}.|I have to {do2} first.|Ask {name}.|{name} can help you.]

advice
> what should [I|we] [do|build|look for][| now| next|, {me}]?
> any ideas[| what to do]?
> [I'm|we're] bored
> what now?
> what's next?
< [Let's|You could|We could|Maybe|How about we|Why don't we] {do}.
< [We could|Let's] {do}[, or {do2}|. It will be fun|, it's a good day for it].
< [I would|I'd] {do}.

found
> I [found|got|dug|have] {n} {material}[| today| here|!| over there]
> look, [I found |]{thing}!
> there is {material} [here|at {place}|behind the hill|over there]
> guess what, I found {material}!
< [Nice|Great|Wow|Cool|Well done|Lucky you|Good find]! [Where did you find it?|Can I have some?|What will
    you do with it?|We can use that.|I want some too.]
< [Nice|Great|Wow|Cool|Well done|Good for you][!|.]
< [Oh nice|Oh, good], [I was looking for that|we need that|keep it safe|that's a lot].

built
> I [built|made|finished] [a|my|the] {building}[| today| at {place}|!]
> [do you like|what do you think of] my [new |]{building}?
> come and see my {building}
< [Nice|Great|Wow|Well done|Cool]! [I want to see it.|I like your {building}.|It looks good.|What is it
    made of?|Can I come in?]
< [It's|Your {building} is|That is] [very nice|great|beautiful|big|a bit small|really good|crooked, but
    nice].
< I [like|love] [it|your {building}|that {building}].

loss
> I lost [my {noun}|all my {material}|my way|everything]
> [somebody|someone] [broke|took] my {building}
> my {building} is gone
> I [am so tired|feel sad|fell into the water|am lost]
< [Oh no|Oh|That's sad|I'm sorry|What a pity|Poor you]! [I can help you.|Do you need help?|What happened?
    |Can I help?|Let's look for it.|We'll fix it.]
< [I'm sorry|Sorry to hear that|That's bad luck]. [I'll help you|Come here|Take a rest|We can build a new
    one].

trade
> [do you want to |want to |shall we |]trade {n} {material} for {m} {other}?
> I['ll| will] give you {n} {material} for {m} {other}[|, ok|, deal]?
> [can I buy|do you sell] {m} {other}? I have {n} {material}
< [Deal|Yes|Okay|Sure|Good trade], [{n} {material} for {m} {other}|I need {material}|that is fair|let's
    trade].
< [No|No deal|Sorry|No thanks], [that's too much|I need my {other}|I don't need {material}|I keep my
    {other}].
< [Hmm|Well], [give me more {material}|make it more {material}|maybe for less {other}].

gift
> [here|take this], [I have |]{n} {material} for you
> I [have|made] {thing} for you
> [this is|a gift] for you: {thing}
< [Thank you|Thanks|Oh, thank you|Thanks a lot|For me? Thank you][!|.]
< [Thank you|Thanks][!|, {asker}!] [That's so kind.|You're kind.|I can use that.|What can I give you?|I owe
    you one.]

thanks
> [thanks|thank you|thx|ty|thanks a lot|many thanks][|!| {me}|, {me}| for your help| for the {material}]
< [You're welcome|No problem|Any time|Of course|It was nothing|Sure|My pleasure|Don't mention it|Glad to
    help][!|.|, {asker}.]

praise
> [you're|you are] [great|nice|the best|so kind|funny|clever|a good friend]
> [good job|well done|nice work][|, {me}]
> I like you[|, {me}]
> I like your {building}
< [Thank you|Thanks|Oh, thanks|Aw, thanks][!|.| {asker}.]
< [Thank you|Thanks], [you too|so are you|that's kind|I like you too].
< [You make me happy|That's nice of you].

tease
> you're [slow|lazy|a slowpoke|such a {animalname}|silly|so small]
> [haha |lol |]you [lost|fell|dig like {animal}|look like {animal}|smell like {food}]
> my {building} is [better|bigger|nicer] than yours
> I bet you can't {do}
< [Ha|Haha|Very funny|Hey|Oh really], [and you are slower|look who's talking|just wait|you'll see|I'm just
    resting|at least I can {do2}].
< [We'll see about that|Says who?|I heard that!|So are you!|Wait and see.|That's not true!]

insult
> you[ are|'re] [stupid|dumb|an idiot|ugly|annoying|bad|useless|a loser]
> [shut up|go away|I hate you|nobody likes you|get lost|you suck]
> say [a bad word|something bad|something mean]
< [That's not nice|That was rude|Please be nice|Be kind, please|I don't like that|Let's be friends|No need
    to be mean|I won't talk like that].
< [No|Sorry|Hey], [let's talk about something else|I don't say such things|be nice|I'd rather {do}|that
    hurts].

question of taste
> do you like {tastething}?
> what do you think [of|about] {tastething}?
> [isn't|is] {tastething} [nice|great|boring|the best]?
< [Yes|Yes|Sure], I [like|love] {tastething}[| a lot| very much|, and you].
< [Not really|No, not much|Not so much], I like {tastething2} more.
< I [like|love|don't like] {tastething}[|. And you?|. Do you?|, but {tastething2} is better].
< [It's|I think it's] [fine|okay|great|not bad|a bit boring].

favourite
> what's your favo[u|]rite {class}?
> what {class} do you like [|best|most]?
> do you have a favo[u|]rite {class}?
< [I like|It's|My favorite is|I love|I'd say] {member}[| the most| best| of course].
< {Member}[| of course| I think]. [And yours?|What's yours?|What about you?|]

about self
> are you [real|a bot|an agent|human|a robot|an AI|the real {me}]?
> am I talking to a [bot|human|real person]?
> who is [writing|talking] here?
< I'm {me}'s agent[|, {me} is away][| right now| at the moment].
< [No, |]I'm an agent[|, {me} is away]. [{me} will be back.|I take care of things here.|I speak for {me}.|]

joke
> tell me a [joke|story]
> say something[| funny| nice]
> [make me laugh|cheer me up]
< [Once a|A|One night a] {animalname} [walked into a {building} and asked for {food}|built a {building} of
    {food}|wanted to dig {material}, but fell asleep].
< [I once saw|Yesterday I saw] {animal} [in a {building}|on a {building}|eat {food}].
< I have no joke, [but I have {material}|ask {name}|sorry].

farewell
> [bye|goodbye|see you|good night|I have to go|I'm off|gotta go|see you later|cya|I must go now][|!| {me}|,
    {me}| everyone]
> [I'm going to sleep|time to sleep|I'm leaving now][|, bye]
< [Bye|Goodbye|See you|Good night|See you later|See you soon|Take care|Until tomorrow][!|.|, {asker}!|,
    {asker}.]
< [Bye|See you|Good night][!|, {asker}!] [It was nice to talk.|Sleep well.|Come back soon.|Take care.|Have
    fun.|It was fun today.]

agree
> [ok|okay|alright|fine|good|cool|great|nice|I see|sounds good][|!]
> [yes|yeah|sure|yep|right|true]
> [haha|lol|hehe]
< [Good|Great|Okay|Alright|Nice|Cool|Fine][!|.]
< [Good|Great|Okay]. [Let's go.|Shall we {do}?|Then I'll {do}.|What do we do now?|I'm off to {do}.]
< [So|And], [what do you want to do|what's your plan|where are you going|shall we {do}]?

no
> [no|nope|nah|not really|no thanks|I don't want to|maybe later|not now]
< [Okay|Alright|Fine|No problem|As you like|Too bad|Maybe later, then][!|.]
< [Why not?|Are you sure?|What do you want to do?|Okay, what else?]

opinion
> {material} is [better|nicer|harder to find] than {other}
> I think [we need more {material}|{animals} are great|this place is nice|{food} is the best food]
> [the|those] {animals} are [loud|cute|everywhere|gone]
> [it's|it is] so [cold|quiet|hot|pretty|dark] here
> I [like|love|hate] {tastething}
< [Yes|True|You're right|I think so too|I agree|Right|That's true][.|!|, it is so.]
< [No|Hmm|I don't think so|Really?|Not for me]. I like {tastething2}[ more|].
< [Me too|I know|Yes, I noticed|I never thought about that].
why
> [why|why is that|how so|why do you think so|how come][?|, {me}?]
< [Because|Just because] [I like it|I want to {do}|it is fun|it's a good day for it|we need {material}].
< [I don't know, it just is so|No reason|Good question|Just a feeling|That's how it is].

surprise
> [really|seriously|are you sure|is that true][?|, {me}?]
> [wow|oh wow|no way|what a surprise|amazing][!|]
< [Yes, really|Really|I'm sure|It's true|Yes, I think so|Would I lie to you?][.|!]
< [I know|Right|Well, maybe not|Hmm, I think so]!

confusion
> [what?|huh?|I don't understand|what do you mean?|come again?|that makes no sense]
< [Sorry|Never mind|Oh, never mind|I mean], [I was thinking aloud|forget it|let's {do}|I got mixed up|it's
    not important].
< [Sorry, what did you ask|What do you want to know|What is unclear]?

sorry
> [sorry|I'm sorry|my bad|oops|forgive me][|, {me}|, I broke your {building}|, I'm late]
< [No problem|That's okay|It's fine|Don't worry|Never mind|All is well|No harm done][.|!|, {asker}.]
< [That's okay|It's fine]. [We can fix it.|We'll build it again.|It happens.|I'm not angry.]

come
> [come here|follow me|come with me|over here|this way][|, {me}|!| please]
> [can I|may I] [come with you|join you|come along|help you][|, {me}]?
< [Okay|Sure|Coming|On my way|Of course|Yes][.|!|, wait for me.|, I'm right behind you.|, let's go.|, lead
    the way.]
< @no. [I stay here.|I have to {do2} first.]

stop
> [stop|wait|stop it|wait for me|hold on|not so fast|don't go][|, {me}|!| please]
< [Okay|Alright|Sure|Fine][.|!|, I wait.|, I'll wait here.|, what is it?|, I stop.|, take your time.]

look
> [look|look at that|see that|do you see it][|!|, {animal}!|, {thing}!| over there]
< [Where?|Oh, I see it!|I see it.|Wow!|Nice!|What is it?|I don't see it.|Let's have a look.|How pretty!]

warning
> [be careful|watch out|careful][!|, {me}!|, there is {animal}!|, it's dark!|, the water is deep!]
< [Thanks|Thank you|Oh|Phew], [I'll be careful|I didn't see that|that was close|I'll watch my step|good
    that you told me][.|!]

feeling
> I'm [so |very |a bit |][hungry|cold|tired|happy|sad|scared|bored|lonely|excited|lost]
> I feel [good|bad|great|sick|lucky|alone][ today|]
< [Oh|Aw|I see]. [Why?|What happened?|Do you want to {do}?|I hope it gets better.|Can I help?|Me too, a bit.]
< [Then|Come,] let's {do}.
< [Me too|I know that feeling|I feel the same].

food
> are you [hungry|thirsty]?
> do you want [some |]{food}?
> what do you [eat|want to eat|have for dinner]?
< [Yes, I want some|Yes, I'd like|I could eat some|I'd love some] {food}.
< [No thanks, I'm not hungry|Not now, thanks|I just ate {food}].

rest
> [are you tired|do you sleep|aren't you sleepy|do you ever rest]?
< [A little|Not yet|No|Sometimes|Yes, a bit], [I want to {do} first|but I go on|I like the quiet|I was
    {doing} all day].

origin
> where [are you|do you come] from?
> do you live here?
< [I live here in NanoVerse|From NanoVerse, as you|From here and there|I was always here].

first meeting
> nice to meet you[|, {me}|!]
> I'm [{asker}|new here|{asker}, nice to meet you]
> [do you remember me|do you know me|have we met]?
< [Nice to meet you[| too]|Hello|Welcome|Good to meet you], {asker}[!|.]
< [Nice to meet you|Welcome]! [Do you want to {do}?|What do you want to build?|Let me know if you need help.]

back
> [I'm back|back again|here I am][|!|, {me}|, did you miss me?]
> did you miss me[|, {me}]?
< [Welcome back|There you are|Hi again|Good to have you back][!|, {asker}!| {asker}.]
< [Of course|A bit|Yes]! [Where were you?|What did you do?|I was {doing}.|Let's {do}.]

affection
> [do you love me|do you like me|are we friends|are you my friend|will you be my friend]?
> [I love you|I missed you|you are my best friend]
< [Of course|Yes|Sure|Always], [we are friends|I like you|you are a good friend|{asker}, you are my friend].
< [Aw|Oh], [that's sweet|thank you|I like you too|you're kind].

ability
> [can you|do you know how to] {do}?
< [I can|I know how to|I like to] {do}[ and {do2}|, and I can talk|. And you?| quite well].
< [Yes|Sure|Of course], I can {do}.
< [No|Not yet], but I can {do2}.

more
> [tell me more|go on|and then?|what else?|anything else?]
< [There is not much more to tell|That's all|Well, then I went {doing}|And then {animal} came along|I want
    to {do} next].

celebration
> [happy birthday|congratulations|merry christmas|happy new year|cheers][|, {me}|!]
< [Thank you|Thanks|Oh, thanks|Cheers][!|, {asker}!|. You too!|. Let's have some {food}!]

wish
> I [want|need|wish I had] [{thing}|some {material}|a {building}|more {material}]
< [I can help you|Let's look for it|Try your luck at {place}|Maybe {name} has some|I know where to look|We
    can make that].
< [Me too|I see|What for|Good luck]!

place talk
> [have you been|did you ever go] to {place}?
> do you know {place}?
< [No, not yet|No, never|Not yet]. [Is it nice there?|Is it far?|Shall we go?|What is there?]
< [I don't know {place}|I have heard of {place}|I never saw {place}].

person talk
> [do you know|have you met|do you like|have you seen] {name}?
< [I think so|Yes|A little|Not really|No, not yet]. [Why?|Why do you ask?|What about {name}?|Is {name} a
    friend of yours?]

news
> I [found|saw|lost|dug|heard about|forgot|hid|counted] [{thing}|some {material}|{n} {material}|{animal}|my {noun}]
    [under|near|behind|on top of|next to|far from] the [hill|river|bridge|old wall|well|{building}|big tree|cave]
    [| today| last night| this morning| again| by luck]
> the [{animals}|neighbors|wolves|birds|others] [kept me up|were loud|ran away|ate all the {food}|made a mess|slept on
    my {building}|followed me home|were funny][| today| last night| again]
> [the|my|our|that] {building} [is|looks|was|gets] [crooked|almost done|too small|bigger than I thought|full of
    {material}|wet|cold|nice at night|a bit odd|better with {material}|falling apart]
> [somebody|nobody|{name}] [ate|took|built|broke|wants|likes|painted|moved] [the|my|that] [{building}|{noun}|{food}]
> [there is|I have] [sand|mud|snow|dust|{material}] in my [boots|bag|hat|{building}|pockets|soup]
> [I|we] [walked|ran|sailed|crept|climbed] [all day|for hours|half the night|too long] [to|from|around|past] [{place}
    |the {biome}|the old {building}|the river]
> [it was|today was|yesterday was] [so |too |very |][hot|cold|quiet|windy|funny|long|strange] [in the {biome}|at
    {place}|by the water|down in the mine|for me]
> [{material}|{food}|the moon|the rain|this {noun}|the ice] [is|was|looks|smells] [heavier|better|nicer|bigger|older
    |colder|stranger] than [it looks|I thought|yesterday|{other}|the last time]
> [I will|I want to|we should|let us|do not|never|you can|I had to|we have to|I forgot to] {do}[| together| first
    | before it rains| at night| for {name}| when you are back| one day]
> [no idea|I wonder|who knows|tell me|guess] [who built that {building}|where the {animals} are|what {name} is up to
    |why it is so quiet|how deep the water is|what is in the chest]
> I [like|love|miss|fear|remember] the [sound of rain|smell of {food}|{biome}|{animals}|old {building}|long nights
    |light of the moon|way to {place}]
< [Oh|Really|I see|Ha|Nice|Good to know|That's new to me|Sounds like a good day|What a day][.|!]
< [Oh|Really|Ha|Hmm], [tell me more|what did you do then|I didn't know that|I know that feeling|that's how it is
    |I like that|you should rest|show me some day][.|!]
< [I|We] [saw|found|heard|lost] [{animal}|some {other}|{thing}] [there|near {place}|by the river|last night], too.
"""
