import { randomInt } from "node:crypto";

const adjectives = (
  "able agile amber ample apt azure bold brave bright brisk calm candid chief civil clean clear clever cosmic crisp " +
  "daring deft dewy eager early earnest easy exact fair famous fast fine fleet fond frank fresh gentle glad golden " +
  "good grand handy happy hardy hasty humble ideal jolly keen kind large light likely lively loyal lucid lucky mellow " +
  "merry mighty mild modest neat nimble noble novel open orderly patient placid plain polite prime proud quick quiet " +
  "rapid rare ready robust rosy royal sharp shy silent sleek smart smooth snappy sober solid spry stable steady sunny " +
  "swift tidy tranquil trusty upbeat valiant vivid warm whole wise witty worthy zesty"
).split(" ");

const nouns = (
  "badger beaver bison bobcat buck camel caribou cheetah cicada condor cougar cricket crow deer dolphin dove dragonfly " +
  "eagle egret elk falcon ferret finch firefly flamingo fox gazelle gecko gopher grouse gull hare hawk hedgehog heron " +
  "ibex ibis iguana jackal jaguar jay kestrel koala lark lemur leopard linnet lizard llama lobster loon lynx magpie " +
  "manatee marlin marmot marten mink mole moose moth mule newt ocelot octopus oriole osprey otter owl panda panther " +
  "parrot pelican penguin pheasant pigeon plover puffin puma quail rabbit raccoon raven robin rook salmon seal shrew " +
  "shrike skunk sloth snail sparrow squid squirrel starling stork swan swift tapir tern thrush tiger toad tortoise " +
  "trout turtle viper walrus weasel whale wolf wombat wren yak zebra"
).split(" ");

const pick = (words: readonly string[]) => words[randomInt(words.length)];

/** A name for a run or model that was given none, such as `brave-otter-42`. */
export const randomName = () => `${pick(adjectives)}-${pick(nouns)}-${randomInt(1000)}`;
