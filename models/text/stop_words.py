"""English words that join others and say little of what a text is about."""

_PRONOUNS = """
i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his
himself she her hers herself it its itself they them their theirs themselves one oneself
someone somebody something anyone anybody anything everyone everybody everything noone nobody
nothing none who whom whose which what that this these those another other others each both
either neither such same own
"""
_AUXILIARIES = """
am is are was were be been being have has had having do does did doing done will would shall
should can could may might must ought cannot isn aren wasn weren haven hasn hadn don doesn
didn won wouldn shan shouldn couldn mightn mustn needn let ll ve re
"""
_PREPOSITIONS = """
about above across after against along among amongst around at before behind below beneath
beside besides between beyond by down during except for from in inside into like near of off
on onto out outside over past per since through throughout till to toward towards under until
up upon via with within without
"""
_CONJUNCTIONS = """
and or but nor so yet because although though while whereas if unless whether than as when
whenever where wherever why how however therefore thus hence else otherwise
"""
_ADVERBS = """
again also almost already always any anyway anywhere away back beforehand ever everywhere few
further furthermore here indeed instead just last least less many maybe meanwhile more
moreover most mostly much namely never nevertheless no not nowhere now often once only perhaps
quite rather really some sometime sometimes somewhere soon still then there thereby too very
well whatever whichever whoever etc
"""
_ARTICLES_AND_NUMBERS = """
a an the two three four five six seven eight nine ten several enough every all
"""
STOP_WORDS = frozenset(
    " ".join(
        (
            _PRONOUNS,
            _AUXILIARIES,
            _PREPOSITIONS,
            _CONJUNCTIONS,
            _ADVERBS,
            _ARTICLES_AND_NUMBERS,
        )
    ).split()
)
